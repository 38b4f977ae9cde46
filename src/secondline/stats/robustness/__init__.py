"""Mathematics of the robustness family."""
