"""Question and evidence in, recommendation out: documents, index, question path, retrieval, orchestrator."""
