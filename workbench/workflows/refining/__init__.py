"""Refining a skill in a conversation: each change is taken or left, one undo for one turn, strays are put back."""
