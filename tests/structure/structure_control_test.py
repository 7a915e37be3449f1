#!/usr/bin/env python3
"""Positive control of structure_test.py: each rule must be seen to refuse."""
import pathlib
import subprocess
import sys
import tempfile

checker = pathlib.Path(__file__).with_name("structure_test.py")
forbidden = {
    "agents/a.cc": ('#include "matcher/x.h"\n', "agents/ may not include matcher/x.h"),
    "matcher/m.cc": ('#include "client/c.h"\n', "matcher/ may not include client/c.h"),
    "base/b.cc": ('#include "crypto/c.h"\n', "base/ may not include crypto/c.h"),
    "agents/o.cc": ("#include <openssl/evp.h>\n", "<openssl/evp.h> belongs in"),
    "crypto/public.h": ("#pragma once\n#include <openssl/ssl.h>\n", "<openssl/ssl.h> belongs in"),
    "agents/c.cc": ("#include <curl/curl.h>\n", "<curl/curl.h> belongs in"),
    "matcher/r.cc": ("#include <rocksdb/db.h>\n", "<rocksdb/db.h> belongs in"),
    "matcher/tally/t.cc": ("#include <boost/beast/http.hpp>\n", "<boost/beast/http.hpp> belongs in"),
    "storage/s.cc": ('#include "crypto/internal/handle.h"\n', "is private to crypto/"),
    "base/guard.h": ("struct X {};\n", "#pragma once"),
    "base/n.cc": ("class KeyManager {\n};\n", "KeyManager"),
    "base/string_util.cc": ("", "a name that says nothing"),
    "base/deep.cc": ("namespace tallystick::agents::detail {\n}\n", "namespaces are at most"),
    "base/long.cc": ("\n" * 601, "601 lines"),
}
allowed = {
    "crypto/ok.cc": '#include <openssl/evp.h>\n#include "crypto/internal/handle.h"\n#include "base/b.h"\n',
    "benchmarks/lab.cc": '#include "agents/a.h"\n#include "matcher/m.h"\n',
    "storage/db.cc": "#include <rocksdb/db.h>\n",
}
with tempfile.TemporaryDirectory() as folder:
    tree = pathlib.Path(folder)
    for name, text in {**{n: t for n, (t, _) in forbidden.items()}, **allowed}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    run = subprocess.run([sys.executable, checker, tree], capture_output=True, text=True)
missed = [n for n, (_, expect) in forbidden.items()
          if not any(line.startswith(n + ":") and expect in line for line in run.stdout.splitlines())]
wrong = [n for n in allowed if n + ":" in run.stdout]
if run.returncode != 1 or missed or wrong:
    sys.exit(f"not refused: {missed}; wrongly refused: {wrong}\n{run.stdout}")
