"""Conversion: an artefact becomes ONNX in a process of its own, and a report proves that nothing changed by it."""
