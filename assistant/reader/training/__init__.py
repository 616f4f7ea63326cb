"""How the shipped weights were made: data, negatives, training, export, evaluation."""
