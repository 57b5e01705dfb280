#!/usr/bin/python3
"""What azure/ deploys: values of each block of the plan, and the two containers
that are there for Azure's sake. Ends with "azure: N passed, N failed".
"""
import json
import os
import re
import shutil
import subprocess
import socket
import sys
import tempfile
import time
import unittest

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.append(f"{TREE}/test/http")
from process import free_port  # noqa: E402

AZURE = f"{TREE}/azure"
END = b"\1\4\0\1\0\0\0\0"  # of a FastCGI request's parameters


def load(name):
    with open(f"{AZURE}/{name}.json", encoding="utf-8") as f:
        return json.load(f)


def resolve(value, given):
    """[parameters('x')] and [string(parameters('x'))] of given ones."""
    if isinstance(value, dict):
        return {k: resolve(v, given) for k, v in value.items()}
    if isinstance(value, list):
        return [resolve(v, given) for v in value]
    if isinstance(value, str):
        bare = re.fullmatch(r"\[parameters\('(\w+)'\)\]", value)
        text = re.fullmatch(r"\[string\(parameters\('(\w+)'\)\)\]", value)
        if bare and bare[1] in given:
            return given[bare[1]]
        if text and text[1] in given:
            return str(given[text[1]])
    return value


def environment(name):
    """What main.json is given: defaults, then the file."""
    given = {k: p["defaultValue"] for k, p in load("main")["parameters"].items()
             if "defaultValue" in p}
    given.update({k: v["value"] for k, v in load(f"parameters.{name}")
                  ["parameters"].items()})
    return given


def linked(name, where="prod"):
    """Resources of the template that main.json deploys under that name."""
    step = next(r for r in load("main")["resources"] if r["name"] == name)
    given = {k: resolve(v["value"], environment(where))
             for k, v in step["properties"]["parameters"].items()
             if "value" in v}
    template = load(step["properties"]["templateLink"]["relativePath"][:-5])
    given = {**{k: p["defaultValue"] for k, p in template["parameters"].items()
                if "defaultValue" in p}, **given}
    return resolve(template["resources"], given)


def of(resources, kind):
    return [r for r in resources if r["type"] == kind]


def settings(where="prod"):
    site = of(linked("web-primary", where), "Microsoft.Web/sites")[0]
    return {s["name"]: s["value"]
            for s in site["properties"]["siteConfig"]["appSettings"]}


class Seed(unittest.TestCase):
    def test_web_app(self):
        web = linked("web-primary")
        for site in (of(web, "Microsoft.Web/sites")
                     + of(web, "Microsoft.Web/sites/slots")):
            self.assertTrue(site["properties"]["httpsOnly"])
            config = site["properties"]["siteConfig"]
            self.assertEqual(config["linuxFxVersion"], "sitecontainers")
            self.assertEqual(config["healthCheckPath"], "/health/")
            self.assertEqual(config["minTlsVersion"], "1.2")
        self.assertEqual(environment("prod")["location"], "eastus")
        self.assertEqual(settings()["DEBUG"], "off")
        for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "AUDIT_KEY",
                     "BACKUP_KEY", "BACKUP_AZURE", "SMTP_PASSWORD"):
            self.assertIn("@Microsoft.KeyVault(SecretUri=", settings()[name])

    def test_containers(self):
        web = linked("web-primary")
        for kind in ("sites", "sites/slots"):
            found = of(web, f"Microsoft.Web/{kind}/sitecontainers")
            self.assertEqual(len(found), 4)
            main = [c for c in found if c["properties"]["isMain"]]
            self.assertEqual(len(main), 1)
            self.assertIn("personal-tech-nginx:",
                          main[0]["properties"]["image"])
            self.assertEqual(main[0]["properties"]["targetPort"], "8080")
            # only what it is given, and each is the name of a setting
            for c in found:
                self.assertFalse(
                    c["properties"]["inheritAppSettingsAndConnectionStrings"])
                for v in c["properties"]["environmentVariables"]:
                    self.assertIn(v["value"], settings())
            names = {v["name"] for v in main[0]["properties"]
                     ["environmentVariables"]}
            self.assertEqual(names, {"SITE_NAME", "TLS", "WEB_FASTCGI",
                                     "WEB_HEALTH"})

    def test_the_product_knows_each_variable(self):
        text = ""
        for name in ("lib/base/config.c", "conf/personal-tech.container.yaml",
                     "conf/nginx/container/entrypoint",
                     "conf/redis-tls/entrypoint"):
            with open(f"{TREE}/{name}", encoding="utf-8") as f:
                text += f.read()
        for c in of(linked("web-primary"),
                    "Microsoft.Web/sites/sitecontainers"):
            for v in c["properties"]["environmentVariables"]:
                self.assertRegex(text, rf"\b{v['name']}\b")

    def test_database(self):
        all_of = linked("database")
        kind = "Microsoft.DBforPostgreSQL/flexibleServers"
        server = of(all_of, kind)[0]["properties"]
        self.assertEqual(server["version"], "15")
        self.assertEqual(server["backup"], {"backupRetentionDays": 7,
                                            "geoRedundantBackup": "Disabled"})
        self.assertGreaterEqual(server["storage"]["storageSizeGB"], 50)
        values = {re.search(r"/([a-z_.]+)'", r["name"])[1]:
                  r["properties"]["value"]
                  for r in of(all_of, f"{kind}/configurations")}
        self.assertEqual(values, {
            "azure.extensions": "PG_TRGM", "require_secure_transport": "ON",
            "ssl_min_protocol_version": "TLSv1.2", "max_connections": "200"})

    def test_ten_instances_fit_into_the_database(self):
        at = environment("prod")
        # workers and the job, one of each twice while they are replaced,
        # in the slot too; 15 are the server's own
        each = at["workers"] + 1 + 1 + 1
        self.assertEqual(at["maximumInstances"], 10)
        self.assertLessEqual(each * at["maximumInstances"] * 2,
                             at["maxConnections"] - 15)

    def test_autoscale(self):
        scale = of(linked("web-primary"),
                   "Microsoft.Insights/autoscalesettings")[0]["properties"]
        self.assertIn("Microsoft.Web/serverfarms", scale["targetResourceUri"])
        profile = scale["profiles"][0]
        self.assertEqual(profile["capacity"],
                         {"minimum": "1", "maximum": "10", "default": "1"})
        for rule, operator, threshold, direction in zip(
                profile["rules"], ("GreaterThan", "LessThan"), (70, 30),
                ("Increase", "Decrease")):
            trigger, action = rule["metricTrigger"], rule["scaleAction"]
            self.assertEqual(trigger["metricName"], "CpuPercentage")
            self.assertEqual((trigger["operator"], trigger["threshold"]),
                             (operator, threshold))
            self.assertEqual((trigger["timeGrain"], trigger["timeWindow"],
                              trigger["statistic"], trigger["timeAggregation"]),
                             ("PT1M", "PT5M", "Average", "Average"))
            self.assertEqual(action, {"direction": direction, "value": "1",
                                      "type": "ChangeCount",
                                      "cooldown": "PT5M"})

    def test_slots_and_autoscale_need_standard(self):
        for where in ("dev", "prod"):
            plan = of(linked("web-primary", where),
                      "Microsoft.Web/serverfarms")[0]
            self.assertRegex(plan["sku"]["name"], r"^(S|P)[0-3]")
            self.assertTrue(plan["properties"]["reserved"])

    def test_redis(self):
        at = of(linked("redis"), "Microsoft.Cache/redisEnterprise/databases")
        self.assertEqual(at[0]["properties"], {
            "clientProtocol": "Encrypted", "port": 10000,
            "clusteringPolicy": "EnterpriseCluster",
            "evictionPolicy": "AllKeysLRU",
            "accessKeysAuthentication": "Enabled"})

    def test_insights(self):
        at = of(linked("workspace"), "Microsoft.Insights/components")[0]
        self.assertEqual(at["properties"]["Application_Type"], "web")
        self.assertIn("workspaces", at["properties"]["WorkspaceResourceId"])

    def test_storage_and_cdn(self):
        at = linked("storage")
        kind = "Microsoft.Storage/storageAccounts"
        self.assertTrue(of(at, kind)[0]["properties"]
                        ["supportsHttpsTrafficOnly"])
        self.assertEqual(of(linked("storage", "dev"), kind)[0]["sku"]["name"],
                         "Standard_LRS")
        access = {re.search(r"default/(\w+)'", r["name"])[1]:
                  r["properties"]["publicAccess"]
                  for r in of(at, f"{kind}/blobServices/containers")}
        self.assertEqual(access, {"static": "Blob", "backups": "None"})
        rule = of(at, f"{kind}/managementPolicies")[0]["properties"]["policy"][
            "rules"][0]["definition"]
        self.assertEqual(rule["filters"]["prefixMatch"], ["backups/"])
        # ours keep 30 days; this comes after
        self.assertGreater(rule["actions"]["baseBlob"]["delete"]
                           ["daysAfterModificationGreaterThan"], 30)
        cdn = linked("cdn")
        self.assertEqual(of(cdn, "Microsoft.Cdn/profiles")[0]["sku"]["name"],
                         "Standard_AzureFrontDoor")
        route = of(cdn, "Microsoft.Cdn/profiles/afdEndpoints/routes")[0]
        self.assertEqual(route["properties"]["patternsToMatch"], ["/static/*"])

    def test_failover(self):
        at = of(linked("traffic"), "Microsoft.Network/trafficmanagerprofiles")[
            0]["properties"]
        self.assertEqual(at["trafficRoutingMethod"], "Priority")
        self.assertEqual(at["monitorConfig"]["path"], "/health/")
        self.assertEqual([e["properties"]["priority"]
                          for e in at["endpoints"]], [1, 2])
        self.assertTrue(environment("prod")["failover"])
        self.assertNotEqual(environment("prod")["location"],
                            environment("prod")["secondaryLocation"])

    def test_security(self):
        rules = {r["name"]: r["properties"] for r in of(
            linked("network-primary"),
            "Microsoft.Network/networkSecurityGroups")[0]["properties"]
            ["securityRules"]}
        self.assertEqual((rules["nothing-in"]["access"],
                          rules["nothing-in"]["direction"]),
                         ("Deny", "Inbound"))
        self.assertEqual(rules["redis"]["destinationPortRange"], "10000")
        self.assertEqual(len({(r["direction"], r["priority"])
                              for r in rules.values()}), len(rules))
        vault = load("keyvault")["resources"][0]["properties"]
        for key in ("enableRbacAuthorization", "enableSoftDelete",
                    "enablePurgeProtection", "enabledForTemplateDeployment"):
            self.assertIs(vault[key], True)
        registry = of(linked("registry"),
                      "Microsoft.ContainerRegistry/registries")[0]
        self.assertFalse(registry["properties"]["adminUserEnabled"])
        self.assertEqual(environment("prod")["defenderTier"], "Standard")

    def test_costs(self):
        budget = linked("budget", "dev")[0]["properties"]
        self.assertEqual((budget["amount"], budget["timeGrain"]),
                         (150, "Monthly"))
        self.assertEqual(sorted(n["threshold"] for n in
                                budget["notifications"].values()),
                         [80, 100, 100])
        jobs = of(linked("night", "dev"), "Microsoft.App/jobs")
        self.assertEqual(
            [j["properties"]["configuration"]["scheduleTriggerConfig"]
             ["cronExpression"] for j in jobs], ["0 1 * * 2-6", "0 12 * * 1-5"])
        self.assertTrue(environment("dev")["nightShutdown"])
        self.assertFalse(environment("prod")["nightShutdown"])

    def test_alerts_and_web_tests(self):
        at = linked("monitoring")
        self.assertEqual(len(of(at, "Microsoft.Insights/webtests")), 2)
        self.assertEqual(len(of(at, "Microsoft.Insights/metricAlerts")), 5)
        for alert in of(at, "Microsoft.Insights/scheduledQueryRules"):
            query = alert["properties"]["criteria"]["allOf"][0]["query"]
            self.assertRegex(query, r"^\[variables\('queries'\)\['")
        shown = {i["name"] for i in
                 load("monitoring")["variables"]["workbook"]["items"]}
        self.assertEqual(shown, {f[:-4] for f in
                                 os.listdir(f"{AZURE}/queries")})


class Ahead(unittest.TestCase):
    """nginx behind the front ends of App Service."""

    def asked(self, tls, *headers):
        """What a worker hears of a request with these headers."""
        folder = tempfile.mkdtemp(prefix="pt-azure-nginx-")
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(f"{TREE}/conf/nginx/container", f"{folder}/container")
        snippets = f"{folder}/snippets/personal-tech"
        os.makedirs(snippets)
        os.mkdir(f"{folder}/run")
        with socket.socket() as worker:
            worker.bind(("127.0.0.1", 0))
            worker.listen()
            worker.settimeout(60)
            port, pool = free_port(), worker.getsockname()[1]
            for name in os.listdir(f"{TREE}/conf/nginx"):
                if name.endswith(".conf"):
                    shutil.copy(f"{TREE}/conf/nginx/{name}", snippets)
            subprocess.run(
                "sed -i -f container/names.sed snippets/personal-tech/*.conf;"
                f" sed -i 's| /tmp/| {folder}/|; s|/run/nginx/|{folder}/|;"
                f" s|listen 8080|listen 127.0.0.1:{port}|;"
                f" s|127.0.0.1:8081|127.0.0.1:{free_port()}|'"
                " container/*.conf", shell=True, cwd=folder, check=True)
            nginx = subprocess.Popen(
                [f"{TREE}/conf/nginx/container/entrypoint"], env={
                    **os.environ, "TLS": tls, "PROXIES": "127.0.0.0/8",
                    "ETC": folder, "RUN": f"{folder}/run",
                    "PATH": os.environ["PATH"] + ":/usr/sbin",
                    "WEB_FASTCGI": f"127.0.0.1:{pool}"},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(nginx.wait)
            self.addCleanup(nginx.terminate)
            RedisTls.wait(port)
            with socket.create_connection(("127.0.0.1", int(port))) as s:
                s.sendall(("GET / HTTP/1.0\r\n" + "".join(
                    h + "\r\n" for h in headers) + "\r\n").encode())
                with worker.accept()[0] as heard:
                    heard.settimeout(60)
                    text = b""
                    while END not in text:
                        more = heard.recv(65536)
                        self.assertTrue(more, text)
                        text += more
                    return text

    def test_who_came_and_how(self):
        said = ("X-Forwarded-Proto: https",
                "X-Forwarded-For: 192.0.2.9, 198.51.100.7:5123")
        text = self.asked("ahead", *said)
        self.assertIn(b"\x05\x02HTTPSon", text)
        self.assertIn(b"REMOTE_ADDR198.51.100.7", text)
        text = self.asked("off", *said)
        self.assertNotIn(b"HTTPSon", text)
        self.assertIn(b"REMOTE_ADDR127.0.0.1", text)


class RedisTls(unittest.TestCase):
    """The container beside the pool, before a Redis that takes only TLS."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="pt-azure-tls-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.key, self.cert = f"{self.folder}/k.pem", f"{self.folder}/c.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048",
                        "-nodes", "-days", "1", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        self.key, "-out", self.cert], check=True,
                       stderr=subprocess.DEVNULL)
        self.port, self.plain = str(free_port()), str(free_port())
        self.start("redis-server", "--port", "0", "--tls-port", self.port,
                   "--tls-cert-file", self.cert, "--tls-key-file", self.key,
                   "--tls-auth-clients", "no", "--tls-ca-cert-file", self.cert,
                   "--bind", "127.0.0.1", "--save", "")

        self.wait(self.port)

    @staticmethod
    def wait(port):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", int(port))) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"nobody listens on port {port}")

    def start(self, *command, env=None):
        process = subprocess.Popen(command, cwd=self.folder,
                                   env={**os.environ, **(env or {})},
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def ping(self, **env):
        self.start(f"{TREE}/conf/redis-tls/entrypoint", env={
            "RUN": self.folder, "REDIS_HOST": "localhost",
            "REDIS_PORT": self.port, "LISTEN_PORT": self.plain, **env})
        self.wait(self.plain)
        done = subprocess.run(["redis-cli", "-p", self.plain, "ping"],
                              capture_output=True, text=True)
        return done.stdout.strip()

    def test_it_speaks_tls(self):
        self.assertEqual(self.ping(CA_FILE=self.cert), "PONG")

    def test_a_certificate_that_nobody_vouches_for(self):
        self.assertEqual(self.ping(), "")

    def test_a_certificate_for_another_name(self):
        self.assertEqual(self.ping(CA_FILE=self.cert, REDIS_HOST="127.0.0.1"),
                         "")


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=1).result
    bad = len(result.failures) + len(result.errors)
    print(f"azure: {result.testsRun - bad} passed, {bad} failed")
    sys.exit(bad > 0)
