import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.toys import ROOT, load_tool


def test_it_serves_until_it_is_interrupted(tmp_path):
    command = [sys.executable, str(ROOT / 'tools' / 'studio.py'), '--project', str(tmp_path), '--port', '0']
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    try:
        url = next(match[0] for match in (re.search(r'http://\S+', line) for line in process.stdout) if match)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert b'<title>Keypoint studio' in opener.open(url).read()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--project', 'no/such/folder'], 'error: there is no project folder no/such/folder'),
        (['nothing.pth'], 'error: there is no checkpoint nothing.pth'),
        (['--skeleton', 'a.py', '--skeleton', 'b.py'], 'error: there is no metainfo file a.py'),
    ],
)
def test_it_says_what_is_wrong_in_one_sentence(arguments, message):
    with pytest.raises(SystemExit, match=message):
        load_tool('studio').main([*arguments, '--port', '0'])
