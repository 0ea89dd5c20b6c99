#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What bench/run.sh measured: gathered, shown, drawn.

report.py memory JSON <COMMANDS     adds peaks of memory to hyperfine's JSON
report.py once JSON <COMMANDS       runs what takes long, once, for both
report.py add RESULT NAME FILE INSPECT JSON...    adds an image to RESULT
report.py show RESULT SVG           prints a table, draws a plot
"""
import json
import math
import os
import platform
import resource
import shlex
import subprocess
import sys
import time


def load(path):
    with open(path) as f:
        return json.load(f)


def store(path, what):
    with open(path, "w") as f:
        json.dump(what, f, indent=1)


# --- Memory. ---

def peaks(command, step):
    """Peaks of RSS and of anonymous memory in KiB, as sampled every step seconds,
    and the exit status."""
    child = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    most = {"VmHWM": 0, "RssAnon": 0}
    while True:
        try:
            with open(f"/proc/{child.pid}/status") as f:
                for line in f:
                    key, _, value = line.partition(":")
                    if key in most:
                        most[key] = max(most[key], int(value.split()[0]))
        except OSError:
            pass
        if child.poll() is not None:
            return most["VmHWM"], most["RssAnon"], child.returncode
        time.sleep(step)


def named_commands():
    words = sys.stdin.read().split("\0")
    return dict(zip(words[0::2], words[1::2]))


def clear():
    if os.path.exists(os.environ["OUT"]):
        os.unlink(os.environ["OUT"])


def memory(path):
    commands = named_commands()
    all_ = load(path)
    for r in all_["results"]:
        clear()
        r["rss_kib"], r["anon_kib"], _ = peaks(commands[r["command"]], 0.001)
    store(path, all_)


def once(path):
    results = []
    for name, command in named_commands().items():
        clear()
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        rss, anon, status = peaks(command, 0.01)
        if status:
            sys.exit(f"{name}: exit status {status}: {command}")
        took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        results.append({"command": name, "times": [took], "min": took, "median": took,
                        "max": took, "user": after.ru_utime - before.ru_utime,
                        "system": after.ru_stime - before.ru_stime,
                        "rss_kib": rss, "anon_kib": anon})
    store(path, {"results": results})


# --- Results. ---

def machine():
    with open("/proc/cpuinfo") as f:
        model = [l.split(":", 1)[1].strip() for l in f if l.startswith("model name")]
    with open("/proc/meminfo") as f:
        kib = int(f.readline().split()[1])
    return {"processor": model[0] if model else platform.machine(),
            "processors": len(os.sched_getaffinity(0)), "memory_gib": round(kib / 2**20),
            "kernel": platform.release(), "load": os.getloadavg()[0]}


def add(path, name, file, inspect, *parts):
    all_ = load(path) if os.path.exists(path) else {"machine": machine(), "images": []}

    def sum_records(what):
        if isinstance(what, dict):
            own = what.get("records")
            if isinstance(own, int) and not isinstance(own, bool):
                return own
            return sum(sum_records(v) for v in what.values())
        return 0

    seen = load(inspect)
    rows = []
    for part in parts:
        for r in load(part)["results"]:
            rows.append({"command": r["command"], "seconds": r["median"],
                         "least": r["min"], "most": r["max"], "runs": len(r["times"]),
                         "user": r["user"], "system": r["system"],
                         "rss_kib": r["rss_kib"], "anon_kib": r["anon_kib"]})
    all_["images"].append({
        "name": name, "bytes": os.stat(file).st_size, "rows": rows,
        "records": sum_records({k: seen[k] for k in ("loaded", "not_loaded") if k in seen})})
    store(path, all_)


def table(image):
    cp = next(r["least"] for r in image["rows"] if r["command"] == "cp")
    print(f"\n{image['name']}: {image['bytes']:,} bytes, {image['records']:,} records")
    print(f"{'':18} {'s':>8} {'median':>8} {'/ cp':>7} {'user+sys':>8} {'RSS MB':>7} "
          f"{'anon MB':>7} {'M records/s':>11}")
    for r in image["rows"]:
        print(f"{r['command']:18} {r['least']:8.3f} {r['seconds']:8.3f} {r['least'] / cp:7.2f} "
              f"{r['user'] + r['system']:8.3f} {r['rss_kib'] / 1024:7.0f} "
              f"{r['anon_kib'] / 1024:7.1f} {image['records'] / r['least'] / 1e6:11.1f}")


# --- The plot. ---

COLOURS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2",
           "#97bbf5", "#9c6b4e", "#9498a0"]


def text(x, y, what, anchor="start", colour="#333"):
    what = what.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{what}</text>'


def bars(image, x, y, width):
    """Times of one image, on a scale of tens."""
    rows = sorted(image["rows"], key=lambda r: r["least"])
    low = math.log10(rows[0]["least"]) - 0.2
    scale = (width - 240) / (math.log10(rows[-1]["least"]) - low)
    out = [text(x, y, f"{image['name']}: {image['bytes'] / 1e6:,.0f} MB, "
                f"{image['records'] / 1e6:.1f} million records; seconds")]
    for i, r in enumerate(rows):
        at = y + 12 + 18 * i
        long = (math.log10(r["least"]) - low) * scale
        ours = r["command"].split()[0] in ("retarget", "inspect", "verify", "table")
        out.append(text(x + 120, at + 12, r["command"], "end"))
        out.append(f'<rect x="{x + 126}" y="{at}" width="{long:.1f}" height="14" '
                   f'fill="{COLOURS[0] if ours else COLOURS[9]}"/>')
        out.append(text(x + 132 + long, at + 12, f"{r['least']:.3g}"))
    return out, y + 30 + 18 * len(rows)


def growth(images, x, y, width, height):
    """Seconds by bytes, both on scales of tens."""
    names = [r["command"] for r in images[-1]["rows"] if "-j" not in r["command"]]
    points = {n: [(i["bytes"], r["least"]) for i in images for r in i["rows"]
                  if r["command"] == n] for n in names}
    xs = [math.log10(i["bytes"]) for i in images]
    ys = [math.log10(t) for p in points.values() for _, t in p]
    kx = (width - 260) / (xs[-1] - xs[0])
    ky = (height - 40) / (max(ys) - min(ys))
    out = [text(x, y, "Seconds by megabytes")]
    for i in images:
        px = x + 40 + (math.log10(i["bytes"]) - xs[0]) * kx
        out.append(text(px, y + height, f"{i['bytes'] / 1e6:,.0f}", "middle"))
    for e in range(math.ceil(min(ys)), math.floor(max(ys)) + 1):
        py = y + height - 20 - (e - min(ys)) * ky
        out.append(text(x + 30, py + 4, f"{10 ** e:g}", "end"))
        out.append(f'<line x1="{x + 36}" x2="{x + width - 200}" y1="{py:.1f}" y2="{py:.1f}" stroke="#ddd"/>')
    last = -100
    for k, n in enumerate(sorted(names, key=lambda n: points[n][-1][1])):
        path = [(x + 40 + (math.log10(b) - xs[0]) * kx,
                 y + height - 20 - (math.log10(t) - min(ys)) * ky) for b, t in points[n]]
        colour = COLOURS[k % len(COLOURS)]
        line = " ".join(f"{px:.1f},{py:.1f}" for px, py in path)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        label = path[-1][1] if k == 0 else min(path[-1][1], last - 14)
        out.append(text(path[-1][0] + 6, label + 4, n, colour=colour))
        last = label
    return out, y + height + 20


def plot(all_, path):
    out, y = bars(all_["images"][-1], 20, 30, 760)
    if len(all_["images"]) > 1:
        more, y = growth(all_["images"], 20, y + 20, 760, 320)
        out += more
    with open(path, "w") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="{y:.0f}" '
                'font-family="sans-serif" font-size="12">\n'
                '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(out) + "\n</svg>\n")


def show(path, svg):
    all_ = load(path)
    m = all_["machine"]
    print(f"{m['processor']}, {m['processors']} processors, {m['memory_gib']} GiB, "
          f"Linux {m['kernel']}, load {m['load']:.1f} at the start; s: the least of the runs")
    for image in all_["images"]:
        table(image)
    plot(all_, svg)
    print(f"\n{path}, {svg}")


if __name__ == "__main__":
    {"memory": memory, "once": once, "add": add, "show": show}[sys.argv[1]](*sys.argv[2:])
