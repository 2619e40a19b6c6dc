"""Sign-in and the gate before every page: FAB's security manager with our users and our rights."""
