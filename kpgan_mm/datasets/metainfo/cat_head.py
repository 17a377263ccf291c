"""Cat heads, seven of the nine points of the CAT data set: without the tips of the ears.

Left and right are those of the picture, as in the data set. Drawn are one closed line through all points (mouth, eye,
foot of the ear, top of the head, and back on the other side) and the line between the eyes.
"""

dataset_info = dict(
    dataset_name='cat_head',
    paper_info=dict(
        author='Zhang, Weiwei and Sun, Jian and Tang, Xiaoou',
        title='Cat Head Detection - How to Effectively Exploit Shape and Texture Features',
        container='European Conference on Computer Vision',
        year='2008',
        homepage='',
    ),
    keypoint_info={
        0: dict(name='left_eye', id=0, color=[0, 255, 0], type='upper', swap='right_eye'),
        1: dict(name='right_eye', id=1, color=[255, 128, 0], type='upper', swap='left_eye'),
        2: dict(name='mouth', id=2, color=[51, 153, 255], type='lower', swap=''),
        3: dict(name='left_ear_outer', id=3, color=[0, 255, 0], type='upper', swap='right_ear_outer'),
        4: dict(name='left_ear_inner', id=4, color=[0, 255, 0], type='upper', swap='right_ear_inner'),
        5: dict(name='right_ear_inner', id=5, color=[255, 128, 0], type='upper', swap='left_ear_inner'),
        6: dict(name='right_ear_outer', id=6, color=[255, 128, 0], type='upper', swap='left_ear_outer'),
    },
    skeleton_info={
        0: dict(link=('left_eye', 'right_eye'), id=0, color=[51, 153, 255]),
        1: dict(link=('mouth', 'left_eye'), id=1, color=[0, 255, 0]),
        2: dict(link=('left_eye', 'left_ear_outer'), id=2, color=[0, 255, 0]),
        3: dict(link=('left_ear_outer', 'left_ear_inner'), id=3, color=[0, 255, 0]),
        4: dict(link=('left_ear_inner', 'right_ear_inner'), id=4, color=[51, 153, 255]),
        5: dict(link=('right_ear_inner', 'right_ear_outer'), id=5, color=[255, 128, 0]),
        6: dict(link=('right_ear_outer', 'right_eye'), id=6, color=[255, 128, 0]),
        7: dict(link=('right_eye', 'mouth'), id=7, color=[255, 128, 0]),
    },
    joint_weights=[1.0] * 7,
    sigmas=[0.05] * 7,
)
