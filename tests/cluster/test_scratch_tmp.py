import time, subprocess, re, os, signal, json
from cluster.cluster import ready
from cluster.process import until
MLW="mlworkspaces"
def test_outage(shared_operator, team, workspace, house, installed):
    op=shared_operator; op.start()
    team.apply(workspace()); team.wait(MLW,"dev",ready)
    port=re.search(r"https://127.0.0.1:(\d+)", installed.kubeconfig.read_text())[1]
    pid=None
    for p in os.listdir("/proc"):
        if p.isdigit():
            try: c=open(f"/proc/{p}/cmdline").read()
            except OSError: continue
            if f"--secure-port={port}" in c: pid=int(p)
    assert pid
    os.kill(pid, signal.SIGSTOP); time.sleep(25); os.kill(pid, signal.SIGCONT)
    b=time.monotonic()
    for _ in range(10):
        try:
            team.apply(workspace(mlflow={"experiments":[{"path":"/Shared/xx"}]})); break
        except AssertionError as e: time.sleep(1)
    team.wait(MLW,"dev",ready,60); print("RECOVERED", time.monotonic()-b); print(op.log)
def test_many(shared_operator, team, workspace, house):
    op=shared_operator; op.stop(); op.start(scan_interval="60s", calls_per_second="1000")
    N=200
    docs=[workspace(f"w{i}", unityCatalog=None, mlflow={"experiments":[{"path":f"/Shared/{team.name}/w{i}"}]}) for i in range(N)]
    b=time.monotonic()
    team.apply({"apiVersion":"v1","kind":"List","items":docs})
    print("APPLIED", time.monotonic()-b)
    until(lambda: op.metric("lakeward_objects", kind="MLWorkspace", ready="True")>=N, 120, "all")
    print("READY", time.monotonic()-b, op.metric("lakeward_passes_total"), op.metric("lakeward_kubernetes_writes_total"), op.metric("lakeward_external_calls_total"))
    print(subprocess.run(["ps","-o","rss,cputime","-p",str(op._program.pid)],capture_output=True,text=True).stdout)
    op.stop(); b=time.monotonic(); op.start(scan_interval="60s", calls_per_second="1000"); print("START", time.monotonic()-b)
    until(lambda: op.metric("lakeward_passes_total")>=N, 120, "passes")
    print("RESTARTED", time.monotonic()-b, op.metric("lakeward_kubernetes_writes_total"), op.metric("lakeward_external_calls_total"))
