"""SQL that reads facts: which activities, which rolls, which attributes. What counts is for indicators/ to say."""
