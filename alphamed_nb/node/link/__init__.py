"""The one connection of this process to its hub: found, kept, and what is asked over it."""
