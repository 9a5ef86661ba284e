"""What a repository on GitHub needs beside its files: wanted settings, present settings, and the changes between them."""
