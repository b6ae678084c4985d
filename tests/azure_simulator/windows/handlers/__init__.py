"""What each script does on a simulated server, one file for a subject: reads and changes the server's state, no more."""
