"""Runs a command beside a fresh site: with_site.py BUILD COMMAND…

The command finds the address and the demo logins in its environment.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, "http"))
import ptsite  # noqa: E402


def main():
    build, command = sys.argv[1], sys.argv[2:]
    with (ptsite.Site(build, jobs=1) as site,
          # its style and script come from the other one
          ptsite.Site(build, workers=1, extra="site:\n  static_prefix: "
                      f"http://127.0.0.1:{site.port}\n") as apart):
        env = dict(os.environ, BASE_URL=f"http://127.0.0.1:{site.port}",
                   APART_URL=f"http://127.0.0.1:{apart.port}",
                   ADMIN_EMAIL=ptsite.ADMIN, TECH_EMAIL=ptsite.TECHNICIAN,
                   CLIENT_EMAIL=ptsite.CLIENT, DEMO_PASSWORD=ptsite.PASSWORD)
        return subprocess.run(command, env=env).returncode


sys.exit(main())
