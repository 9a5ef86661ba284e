"""What a round reads in tests where neither shares nor quarantine are the point."""

from __future__ import annotations

from selfsown_train.recipe import DataRecipe

UNCAPPED = DataRecipe(
    held_out=0.3,
    minimum_rating=5.0,
    ratings=0,
    human_share=0.0,
    trusted=("starter",),
    source_share=1.0,
    contributor_share=1.0,
    quarantine_days=0,
    pair_gap=3.0,
)
