"""Questions, answers and decisions: made of what a model drafted, edited by people while agents work, never lost."""
