"""What is in the images."""
import json
import unittest

from stack import docker

IMAGES = ("personal-tech:latest", "personal-tech-nginx:latest")
# with a base of 75 MB: an accident is bigger
MOST_MB = {"personal-tech:latest": 120, "personal-tech-nginx:latest": 110}


def config(image):
    return json.loads(docker("image", "inspect", image))[0]


class Images(unittest.TestCase):
    def test_not_root_labelled_and_probed(self):
        for image in IMAGES:
            c = config(image)["Config"]
            self.assertRegex(c["User"], r"^100\d\d:\d+$")
            for label in ("title", "licenses", "revision"):
                self.assertTrue(c["Labels"][f"org.opencontainers.image.{label}"])
            self.assertTrue(c["Healthcheck"]["Test"])

    def test_command_is_spawn_fcgi(self):
        words = config(IMAGES[0])["Config"]["Cmd"]
        self.assertEqual(words[:2] + words[-2:],
                         ["spawn-fcgi", "-n", "--", "/app/bin/ptpool"])

    def test_small(self):
        for image, most in MOST_MB.items():
            size = config(image)["Size"] / 1e6
            self.assertLess(size, most, image)

    def test_nothing_to_build_with_or_to_steal(self):
        for image in IMAGES:
            for program in ("gcc", "make", "git", "python3", "curl", "sudo"):
                self.assertEqual(
                    docker("run", "--rm", "--network", "none", "--entrypoint",
                           "sh", image, "-c", f"command -v {program} || true"),
                    "", f"{program} in {image}")
        found = docker("run", "--rm", "--network", "none", "--entrypoint", "find",
                       IMAGES[0], "/", "-xdev", "-perm", "/6000", "-type", "f",
                       check=False)
        # Debian's own; none of them works without new privileges
        self.assertNotIn("/app", found)

    def test_static_files_are_compressed(self):
        files = docker("run", "--rm", "--network", "none", "--entrypoint", "find",
                       IMAGES[1], "/usr/share/personal-tech/static", "-type",
                       "f").split()
        css = [f for f in files if f.endswith(".css")]
        self.assertTrue(css)
        for name in css:
            self.assertIn(name + ".gz", files)


if __name__ == "__main__":
    unittest.main()
