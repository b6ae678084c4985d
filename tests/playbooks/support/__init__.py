"""What the playbook tests share: the installed collection and a way to run ansible-playbook against a world."""
