# Table 5 of the paper on the generated puppets, and a prior from another source.
#   python tools/benchmark.py configs/benchmarks/puppets_table5.py --seeds 0 1 2
_base_ = ['puppets_table4.py']

title = 'Size and source of the prior (table 5) on the puppets'
# The paper's table gives the full prior 2.73 (humans) and 8.67 (faces); its other cells are not known to us.
published_columns = []
experiments = {
    '_delete_': True,
    'all poses (20,000)': dict(config='../kpgan_puppets.py'),
    '5,000 poses': dict(config='../kpgan_puppets_prior5000.py'),
    '500 poses': dict(config='../kpgan_puppets_prior500.py'),
    '50 poses': dict(config='../kpgan_puppets_prior50.py'),
    '50 poses, jittered': dict(config='../kpgan_puppets_prior50_jitter.py'),
    'another source': dict(config='../kpgan_puppets_foreign_prior.py'),
}
