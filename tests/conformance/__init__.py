"""Checks what the rehearsal world answered against Microsoft's published OpenAPI files."""
