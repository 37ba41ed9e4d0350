// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
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
	if err != nil || len(files) < 15 {
		t.Fatalf("found %q, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(file, examples+"/"), func(t *testing.T) {
			t.Parallel()
			net := lab.NewNet(t)
			lb := net.Host("lb", nodeAddr[0]+"/24")
			net.Join(lb)
			net.Join(lb)
			if out, err := lb.TryRun(lab.Vipward(t), "-t", "-f", installed(t, file)); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// installed is a copy of an example, with all that belongs to it in a folder of the test
// instead of the node's.
func installed(t *testing.T, file string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	if err != nil {
		t.Fatal(err)
	}
	at := strings.NewReplacer("/etc/keepalived/", dir+"/", "/run/", dir+"/")
	for _, f := range files {
		text := at.Replace(example(t, strings.TrimPrefix(f, examples)))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), []byte(text), 0o700); err != nil { //nolint:gosec // scripts
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "vrrp.key"), []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, filepath.Base(file))
}

// TestExampleHooksAreScripts has the shell read the examples' scripts without running them.
func TestExampleHooksAreScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(examples, "*", "*.sh"))
	if err != nil || len(files) < 2 {
		t.Fatalf("found %q, %v", files, err)
	}
	for _, file := range files {
		if out, err := exec.CommandContext(t.Context(), "sh", "-n", file).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

// startExample starts a pair of examples on hosts made for it. It gives the nodes' folders.
func (p *pair) startExample(dir string, names [2]string) (dirs [2]string) {
	p.t.Helper()
	var configs [2]string
	for i, name := range names {
		file := installed(p.t, filepath.Join(examples, dir, name))
		dirs[i] = filepath.Dir(file)
		b, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		configs[i] = string(b)
	}
	p.start(twoVipwards, configs)
	return dirs
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
	for i, side := range []string{"master", "backup"} {
		lab.Wait(t, patient, "the "+side+"'s sync daemon", func() error {
			got := f.lb[i].Run("ipvsadm", "-l", "--daemon")
			if !strings.HasPrefix(got, side+" sync daemon (mcast=eth0, syncid=51") || strings.Count(got, "\n") != 1 {
				return fmt.Errorf("%s has %q", f.lb[i].Name, got)
			}
			return nil
		})
	}
	f.web[0].Stop()
	f.web[1].Stop()
	f.waitAnswers("sorry")
}
