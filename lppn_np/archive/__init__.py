"""Archives of station-days: planned, picked shard by shard, resumed, reported."""
