// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// proxy is an HAProxy on a node. Nodes share the process table here, so each node's copy
// has a name of its own for killall.
type proxy struct {
	*lab.Proc
	name string
}

// startProxy runs HAProxy with a configuration in the foreground.
func startProxy(t *testing.T, lb *lab.Host, config string) *proxy {
	t.Helper()
	dir := t.TempDir()
	p := &proxy{name: proxyName(lb)}
	file := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, p.name)
	copyProgram(t, lab.HAProxy(t), program)
	p.Proc = lb.Start(program, "-db", "-f", file)
	lab.Wait(t, patient, p.name+" listens", func() error {
		_, err := lb.Get("http://127.0.0.1/")
		return err
	})
	return p
}

// proxyName is unique among all tests that run at the same time, and fits into 15 bytes.
func proxyName(lb *lab.Host) string {
	id := strings.Split(lb.NS, "-")[1] // random
	return fmt.Sprintf("ha-%s-%s", lb.Name, id)
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // read only
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestHAProxyPair runs examples/haproxy: the address leaves the node whose HAProxy was
// killed, the client's requests go on, and it returns with HAProxy.
func TestHAProxyPair(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	for i, addr := range []string{"192.0.2.51", "192.0.2.52"} {
		p.net.Host(serverName(i), addr+"/24").Web(":80")
	}
	config := example(t, "haproxy", "haproxy.cfg")
	var proxies [2]*proxy
	var configs [2]string
	for i, lb := range p.lb {
		proxies[i] = startProxy(t, lb, config)
		name := []string{"master.conf", "backup.conf"}[i]
		configs[i] = strings.Replace(example(t, "haproxy", name), "killall -0 haproxy", "killall -0 "+proxyName(lb), 1)
	}
	p.start(twoVipwards, configs)
	f := &farm{pair: p}
	f.waitAnswers("web1", "web2")
	tr := f.startTraffic()
	tr.wait(20)

	mark := p.daemon[1].Mark()
	proxies[0].KillTree()
	p.daemon[0].WaitLine(`VRRP_Script\(chk_haproxy\) failed`, patient)
	p.daemon[1].WaitLineFrom(mark, `\(VI_1\) Entering MASTER STATE`, patient)
	p.waitHolder(1)
	tr.wait(20)

	mark = p.daemon[1].Mark()
	proxies[0] = startProxy(t, p.lb[0], config)
	p.daemon[1].WaitLineFrom(mark, `\(VI_1\) Entering BACKUP STATE`, patient)
	p.waitHolder(0)
	tr.wait(20)
	tr.stop()
	t.Logf("%d answers, the longest time without one %v", tr.answers.Load(), tr.longest)
}
