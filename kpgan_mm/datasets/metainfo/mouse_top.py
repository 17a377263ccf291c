"""A mouse seen from above, seven points: nose, ears, neck, hips, base of the tail (as in the MARS recordings).

A small loop is the head, a large one the trunk, so that front and back differ in the drawing.
"""

dataset_info = dict(
    dataset_name='mouse_top',
    paper_info=dict(
        author='Segalin, Cristina and Williams, Jalani and Karigo, Tomomi and others',
        title='The Mouse Action Recognition System (MARS) software pipeline for automated analysis of social '
        'behaviors in mice',
        container='eLife',
        year='2021',
        homepage='https://doi.org/10.7554/eLife.63720',
    ),
    keypoint_info={
        0: dict(name='nose', id=0, color=[51, 153, 255], type='upper', swap=''),
        1: dict(name='left_ear', id=1, color=[0, 255, 0], type='upper', swap='right_ear'),
        2: dict(name='right_ear', id=2, color=[255, 128, 0], type='upper', swap='left_ear'),
        3: dict(name='neck', id=3, color=[51, 153, 255], type='upper', swap=''),
        4: dict(name='left_hip', id=4, color=[0, 255, 0], type='lower', swap='right_hip'),
        5: dict(name='right_hip', id=5, color=[255, 128, 0], type='lower', swap='left_hip'),
        6: dict(name='tail_base', id=6, color=[51, 153, 255], type='lower', swap=''),
    },
    skeleton_info={
        0: dict(link=('nose', 'left_ear'), id=0, color=[0, 255, 0]),
        1: dict(link=('nose', 'right_ear'), id=1, color=[255, 128, 0]),
        2: dict(link=('left_ear', 'neck'), id=2, color=[0, 255, 0]),
        3: dict(link=('right_ear', 'neck'), id=3, color=[255, 128, 0]),
        4: dict(link=('neck', 'left_hip'), id=4, color=[0, 255, 0]),
        5: dict(link=('neck', 'right_hip'), id=5, color=[255, 128, 0]),
        6: dict(link=('left_hip', 'tail_base'), id=6, color=[0, 255, 0]),
        7: dict(link=('right_hip', 'tail_base'), id=7, color=[255, 128, 0]),
    },
    joint_weights=[1.0] * 7,
    sigmas=[0.05] * 7,
)
