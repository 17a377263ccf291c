"""The parts of the benchmark; each module gives lists of cases."""
