# What a released table is and how anyone checks it: shared by the matcher, which makes one, and by
# agents and readers, who verify it. No solver here.
ts_library(ts_rendered_table
  SOURCES rendered_table.cc table_shape.cc witness.cc
  DEPS ts_base ts_crypto)

# Whether a release answers a request: agents ask before they sign, readers when they verify.
ts_library(ts_release_answer
  SOURCES measure_table.cc release_answer.cc
  DEPS ts_agreements ts_rendered_table ts_proto)

# What a submission consists of, for agents, who make it, and the matcher, which takes it.
ts_library(ts_submission_columns
  SOURCES submission_columns.cc
  DEPS ts_agreements ts_proto)
