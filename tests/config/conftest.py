import sys
from pathlib import Path

# study_config.py stands beside the tests that share it.
sys.path.insert(0, str(Path(__file__).parent))
