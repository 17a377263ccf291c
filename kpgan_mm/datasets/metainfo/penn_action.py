"""Penn Action, 13 joints in the order of its label files.

Left and right are the person's. The first of each pair is the right one, for who faces the camera has it on the left of
the picture; lists of the joints that are in circulation have left first.

There is no joint on the body's axis but the head: it is drawn on the middle of the shoulders, as on a neck. The trunk
is the quadrangle of shoulders and hips, whose width tells how far the person is turned.
"""

dataset_info = dict(
    dataset_name='penn_action',
    paper_info=dict(
        author='Zhang, Weiyu and Zhu, Menglong and Derpanis, Konstantinos G.',
        title='From Actemes to Action: A Strongly-supervised Representation for Detailed Action Understanding',
        container='IEEE International Conference on Computer Vision',
        year='2013',
        homepage='http://dreamdragon.github.io/PennAction/',
    ),
    keypoint_info={
        0: dict(name='head', id=0, color=[51, 153, 255], type='upper', swap=''),
        1: dict(name='right_shoulder', id=1, color=[255, 128, 0], type='upper', swap='left_shoulder'),
        2: dict(name='left_shoulder', id=2, color=[0, 255, 0], type='upper', swap='right_shoulder'),
        3: dict(name='right_elbow', id=3, color=[255, 128, 0], type='upper', swap='left_elbow'),
        4: dict(name='left_elbow', id=4, color=[0, 255, 0], type='upper', swap='right_elbow'),
        5: dict(name='right_wrist', id=5, color=[255, 128, 0], type='upper', swap='left_wrist'),
        6: dict(name='left_wrist', id=6, color=[0, 255, 0], type='upper', swap='right_wrist'),
        7: dict(name='right_hip', id=7, color=[255, 128, 0], type='lower', swap='left_hip'),
        8: dict(name='left_hip', id=8, color=[0, 255, 0], type='lower', swap='right_hip'),
        9: dict(name='right_knee', id=9, color=[255, 128, 0], type='lower', swap='left_knee'),
        10: dict(name='left_knee', id=10, color=[0, 255, 0], type='lower', swap='right_knee'),
        11: dict(name='right_ankle', id=11, color=[255, 128, 0], type='lower', swap='left_ankle'),
        12: dict(name='left_ankle', id=12, color=[0, 255, 0], type='lower', swap='right_ankle'),
    },
    skeleton_info={
        0: dict(link=('head', 'right_shoulder'), id=0, color=[255, 128, 0]),
        1: dict(link=('head', 'left_shoulder'), id=1, color=[0, 255, 0]),
        2: dict(link=('right_shoulder', 'left_shoulder'), id=2, color=[51, 153, 255]),
        3: dict(link=('right_shoulder', 'right_elbow'), id=3, color=[255, 128, 0]),
        4: dict(link=('right_elbow', 'right_wrist'), id=4, color=[255, 128, 0]),
        5: dict(link=('left_shoulder', 'left_elbow'), id=5, color=[0, 255, 0]),
        6: dict(link=('left_elbow', 'left_wrist'), id=6, color=[0, 255, 0]),
        7: dict(link=('right_shoulder', 'right_hip'), id=7, color=[255, 128, 0]),
        8: dict(link=('left_shoulder', 'left_hip'), id=8, color=[0, 255, 0]),
        9: dict(link=('right_hip', 'left_hip'), id=9, color=[51, 153, 255]),
        10: dict(link=('right_hip', 'right_knee'), id=10, color=[255, 128, 0]),
        11: dict(link=('right_knee', 'right_ankle'), id=11, color=[255, 128, 0]),
        12: dict(link=('left_hip', 'left_knee'), id=12, color=[0, 255, 0]),
        13: dict(link=('left_knee', 'left_ankle'), id=13, color=[0, 255, 0]),
    },
    # What is drawn; an end given as several joints is their mean.
    rendered_links=[
        ('head', ('right_shoulder', 'left_shoulder')),
        ('right_shoulder', 'left_shoulder'),
        ('right_shoulder', 'right_elbow'),
        ('right_elbow', 'right_wrist'),
        ('left_shoulder', 'left_elbow'),
        ('left_elbow', 'left_wrist'),
        ('right_shoulder', 'right_hip'),
        ('left_shoulder', 'left_hip'),
        ('right_hip', 'left_hip'),
        ('right_hip', 'right_knee'),
        ('right_knee', 'right_ankle'),
        ('left_hip', 'left_knee'),
        ('left_knee', 'left_ankle'),
    ],
    joint_weights=[1.0] * 13,
    sigmas=[0.05] * 13,
)
