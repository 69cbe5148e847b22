import io, shutil, tempfile, json
from pathlib import Path
import numpy as np
from PIL import Image
from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidDrawing
from tests.clients._chromium import open_page
from tests.clients._node import WEB
folder = Path(tempfile.mkdtemp())
shutil.copytree(WEB, folder / "web"); shutil.copy("tests/clients/canvases.html", folder / "index.html")
pngs = sorted(p for p in Path("/tmp/real/objects").rglob("*") if p.is_file())[:700]
same = bad = 0; times = []
with open_page(folder) as page:
    page.wait_for_function("window.compare !== undefined")
    for p in pngs:
        data = p.read_bytes()
        try: w = normalize_canvas(data).tobytes().hex()
        except InvalidDrawing as e: w = e.reason
        if w == "unreadable_image": continue
        px = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
        (folder / "pixels").write_bytes(px.tobytes())
        a = page.evaluate(f"compare('pixels', {px.shape[1]}, {px.shape[0]})")
        times.append(a["milliseconds"])
        if a["ofPixels"] == w and a["ofCanvas"] == w: same += 1
        else: bad += 1
first = times[:3]; times = sorted(times[30:])
print("chromium same", same, "different", bad, "first", first, "median", times[len(times)//2], "p95", times[int(len(times)*.95)])
