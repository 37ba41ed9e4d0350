// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// examples is the folder of the configurations that run as they are.
const examples = "../../examples"

// example reads one file of the examples.
func example(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{examples}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestExamplesLoad checks every example on a host that has what its README asks for.
func TestExamplesLoad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(examples, "*", "*.conf"))
	if err != nil || len(files) < 8 {
		t.Fatalf("found %q, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(file, examples+"/"), func(t *testing.T) {
			t.Parallel()
			net := lab.NewNet(t)
			lb := net.Host("lb", nodeAddr[0]+"/24")
			net.Join(lb)
			if out, err := lb.TryRun(lab.Vipward(t), "-t", "-f", withHook(t, file)); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// withHook is a copy of an example with its notify script where the test has it.
func withHook(t *testing.T, file string) string {
	t.Helper()
	const installed = "/etc/keepalived/notify.sh"
	text := example(t, strings.TrimPrefix(file, examples))
	if !strings.Contains(text, installed) {
		return file
	}
	dir := t.TempDir()
	script, config := filepath.Join(dir, "notify.sh"), filepath.Join(dir, "keepalived.conf")
	hook := example(t, filepath.Base(filepath.Dir(file)), "notify.sh")
	if err := os.WriteFile(script, []byte(hook), 0o755); err != nil { //nolint:gosec // a script must be executable
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(text, installed, script)), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

// TestExampleHookIsAScript has the shell read the example's script without running it.
func TestExampleHookIsAScript(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "sh", "-n", filepath.Join(examples, "unicast", "notify.sh")).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// startExample starts a pair of examples on hosts made for it.
func (p *pair) startExample(dir string, names [2]string) {
	p.t.Helper()
	var configs [2]string
	for i, name := range names {
		b, err := os.ReadFile(withHook(p.t, filepath.Join(examples, dir, name)))
		if err != nil {
			p.t.Fatal(err)
		}
		configs[i] = string(b)
	}
	p.start(twoVipwards, configs)
}

var masterBackup = [2]string{"master.conf", "backup.conf"}

// TestExampleMulticast starts the multicast pair: each node is master of one address, and
// one node takes both.
func TestExampleMulticast(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.startExample("multicast", [2]string{"node1.conf", "node2.conf"})
	p.daemon[1].WaitLine(`\(VI_2\) Entering MASTER STATE`, patient)
	if !p.lb[1].HasAddr("192.0.2.101") {
		t.Errorf("node 2 has %v", p.lb[1].Addrs())
	}
	mark := p.daemon[1].Mark()
	p.daemon[0].Stop()
	p.daemon[1].WaitLineFrom(mark, `\(VI_1\) Entering MASTER STATE`, patient)
	p.waitHolder(1)
}

// TestExampleUnicast starts the unicast pair with NAT behind it.
func TestExampleUnicast(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	f := newNATFarm(t)
	f.startExample("unicast", masterBackup)
	for _, lb := range f.lb {
		waitTable(t, lb,
			"-A -t 192.0.2.100:80 -s wlc -p 600",
			"-a -t 192.0.2.100:80 -r 198.51.100.50:80 -m -w 100",
			"-a -t 192.0.2.100:80 -r 198.51.100.60:80 -m -w 100",
			"-A -t 192.0.2.100:8080 -s wlc -p 600",
			"-a -t 192.0.2.100:8080 -r 198.51.100.50:8080 -m -w 100",
			"-a -t 192.0.2.100:8080 -r 198.51.100.60:8080 -m -w 100",
		)
	}
	f.masterDies()
}

// TestExampleDR starts the DR pair with a sorry server.
func TestExampleDR(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	f := newDRFarm(t)
	f.startExample("dr", masterBackup)
	f.waitAnswers("web1", "web2")
	f.web[0].Stop()
	f.web[1].Stop()
	f.waitAnswers("sorry")
}
