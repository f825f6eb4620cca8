"""Speed side by side: what we do, and stock pyHanko, alternately in the same run."""
