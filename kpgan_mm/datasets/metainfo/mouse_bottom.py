"""Running mouse seen from below, seven points (the mirror-mouse recordings of Lightning Pose).

The hind paws hang on the base of the tail, the front ones on the axis from nose to tail, at two thirds towards the
nose. So every point can be told from the drawing, and lines run about where the legs are.
"""

dataset_info = dict(
    dataset_name='mouse_bottom',
    paper_info=dict(
        author='Biderman, Dan and Whiteway, Matthew R. and others',
        title='Lightning Pose: improved animal pose estimation via semi-supervised learning, Bayesian ensembling and '
        'cloud-native open-source tools',
        container='Nature Methods',
        year='2024',
        homepage='https://github.com/paninski-lab/lightning-pose',
    ),
    keypoint_info={
        0: dict(name='paw1LH_bot', id=0, color=[0, 255, 0], type='lower', swap='paw4RH_bot'),
        1: dict(name='paw2LF_bot', id=1, color=[0, 255, 0], type='upper', swap='paw3RF_bot'),
        2: dict(name='paw3RF_bot', id=2, color=[255, 128, 0], type='upper', swap='paw2LF_bot'),
        3: dict(name='paw4RH_bot', id=3, color=[255, 128, 0], type='lower', swap='paw1LH_bot'),
        4: dict(name='tailBase_bot', id=4, color=[51, 153, 255], type='lower', swap=''),
        5: dict(name='tailMid_bot', id=5, color=[51, 153, 255], type='lower', swap=''),
        6: dict(name='nose_bot', id=6, color=[51, 153, 255], type='upper', swap=''),
    },
    skeleton_info={
        0: dict(link=('nose_bot', 'tailBase_bot'), id=0, color=[51, 153, 255]),
        1: dict(link=('tailBase_bot', 'tailMid_bot'), id=1, color=[51, 153, 255]),
        2: dict(link=('paw2LF_bot', 'nose_bot'), id=2, color=[0, 255, 0]),
        3: dict(link=('paw3RF_bot', 'nose_bot'), id=3, color=[255, 128, 0]),
        4: dict(link=('paw1LH_bot', 'tailBase_bot'), id=4, color=[0, 255, 0]),
        5: dict(link=('paw4RH_bot', 'tailBase_bot'), id=5, color=[255, 128, 0]),
    },
    # What is drawn; an end given as several joints is their mean, and a joint named twice counts twice.
    rendered_links=[
        ('nose_bot', 'tailBase_bot'),
        ('tailBase_bot', 'tailMid_bot'),
        ('paw2LF_bot', ('nose_bot', 'nose_bot', 'tailBase_bot')),
        ('paw3RF_bot', ('nose_bot', 'nose_bot', 'tailBase_bot')),
        ('paw1LH_bot', 'tailBase_bot'),
        ('paw4RH_bot', 'tailBase_bot'),
    ],
    joint_weights=[1.0] * 7,
    sigmas=[0.05] * 7,
)
