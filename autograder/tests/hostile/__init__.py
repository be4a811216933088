"""Evidence made to harm: documents, the process that judges them, and what it must show."""
