"""The agents' own skills: a registry beside the library's, of which neither knows the other."""
