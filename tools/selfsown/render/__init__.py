"""Text for people: everything a contribution says is made inert before it is shown."""
