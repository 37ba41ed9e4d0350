// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// The C library's numbers, as keepalived --signum prints them.
const (
	sigJSON       = syscall.Signal(36)
	sigStatsClear = syscall.Signal(63)
)

// dumped is a configuration with much to show.
const dumped = `global_defs {
  router_id RICH
  script_user root
  enable_script_security
  vrrp_garp_master_refresh 60
}
vrrp_script chk1 {
  script "/usr/bin/true one 'two words'"
  interval 2
  weight 10
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 120
  nopreempt
  authentication {
    auth_type PASS
    auth_pass secret
  }
  garp_master_delay 3
  smtp_alert
  notify_master "/usr/bin/true 'a b' c"
  notify_stop /usr/bin/true
  notify /usr/bin/true
  notify_deleted
  track_script {
    chk1
  }
  virtual_ipaddress {
    10.0.0.100/24
    10.0.0.101/24 dev eth0 label eth0:1
    10.0.0.102/32 brd 10.0.0.255 scope link
  }
  virtual_ipaddress_excluded {
    10.0.0.110/24
    fd00::110/64
  }
  virtual_rules {
    from 10.3.0.0/16 table 100 priority 1000
  }
}
vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 52
  use_vmac
  version 3
  advert_int 0.5
  priority 50
  preempt_delay 5
  virtual_ipaddress {
    10.0.0.120/24
  }
}
vrrp_instance VI_4 {
  interface eth0
  virtual_router_id 54
  unicast_src_ip 10.0.0.1
  unicast_peer {
    10.0.0.2
  }
  priority 255
  no_accept
  virtual_ipaddress {
    10.0.0.140/24
  }
}
vrrp_instance VI_5 {
  interface eth9
  virtual_router_id 55
  virtual_ipaddress {
    10.2.0.140/24
  }
}
`

// dumps is what a daemon wrote, with what differs from run to run taken out.
type dumps struct{ JSON, Stats, Cleared, Data string }

// collect runs a daemon until all that can be is master, and asks it for all its files.
func collect(t *testing.T, kind lab.Kind) dumps {
	t.Helper()
	lb := lab.NewNet(t).Host("lb1", "10.0.0.1/24")
	lb.Run("ip", "link", "add", "eth9", "type", "veth", "peer", "name", "eth8") // down
	d := lab.StartDaemon(lb, kind, dumped)
	for _, vi := range []string{"VI_1", "VI_2", "VI_4"} {
		d.WaitLine(`\(`+vi+`\) Entering MASTER STATE`, patient)
	}
	for _, addr := range []string{"10.0.0.102", "10.0.0.110", "10.0.0.120"} {
		lab.Wait(t, patient, addr, func() error {
			if !lb.HasAddr(addr) {
				return fmt.Errorf("addresses %v", lb.Addrs())
			}
			return nil
		})
	}
	file := func(name string, sig syscall.Signal, wait string) string {
		d.Signal(sig)
		d.WaitLine(wait, patient)
		path := filepath.Join(d.Dir, name)
		var text []byte
		lab.Wait(t, patient, name, func() (err error) {
			if text, err = os.ReadFile(path); err == nil && len(text) == 0 {
				err = fmt.Errorf("%s is empty", path)
			}
			return err
		})
		if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	lab.Wait(t, patient, "all addresses seen", func() error {
		text := file("keepalived.json", sigJSON, `Printing VRRP as json`)
		if n := strings.Count(text, ` set"`); n < 7 {
			return fmt.Errorf("%d are", n)
		}
		return nil
	})
	found := dumps{
		Data:    file("keepalived.data", syscall.SIGUSR1, `Printing VRRP data for process\(\d+\) on signal`),
		JSON:    file("keepalived.json", sigJSON, `Printing VRRP as json for process\(\d+\) on signal`),
		Stats:   file("keepalived.stats", syscall.SIGUSR2, `Printing VRRP stats for process\(\d+\) on signal`),
		Cleared: file("keepalived.stats", sigStatsClear, `Printing and clearing VRRP stats for process\(\d+\) on signal`),
	}
	again := file("keepalived.stats", syscall.SIGUSR2, `Printing VRRP stats for process`)
	if !strings.Contains(again, "Became master: 0") || strings.Contains(again, "Became master: 1") {
		t.Errorf("not cleared:\n%s", again)
	}
	return found
}

// TestDumpsAsKeepalived compares the files of the signals USR2, STATS_CLEAR and JSON with
// those of the real one: keys, their order, their types and their values.
func TestDumpsAsKeepalived(t *testing.T) {
	t.Parallel()
	ours, theirs := collect(t, lab.Vipward), collect(t, lab.Keepalived)
	if diff := cmp.Diff(jsonLines(t, theirs.JSON), jsonLines(t, ours.JSON)); diff != "" {
		t.Errorf("JSON (-keepalived +vipward):\n%s", diff)
	}
	if diff := cmp.Diff(statLines(theirs.Stats), statLines(ours.Stats)); diff != "" {
		t.Errorf("statistics (-keepalived +vipward):\n%s", diff)
	}
	if diff := cmp.Diff(statLines(theirs.Cleared), statLines(ours.Cleared)); diff != "" {
		t.Errorf("cleared statistics (-keepalived +vipward):\n%s", diff)
	}
	if diff := cmp.Diff(dataLines(theirs.Data), dataLines(ours.Data)); diff != "" {
		t.Errorf("data (-keepalived +vipward):\n%s", diff)
	}
	for _, bytes := range []string{"\n\n", ": ", ", "} {
		if strings.Contains(strings.ReplaceAll(ours.JSON, "a b", ""), bytes) {
			t.Errorf("the JSON has blanks: %s", ours.JSON)
		}
	}
}

// jsonLines gives each key with its value, in the order of the file. The statistics that
// 2.4 has and 2.2.7 has not are left out; so is what depends on the moment.
func jsonLines(t *testing.T, text string) []string {
	t.Helper()
	var lines []string
	for _, field := range regexp.MustCompile(`"(\w+)":("(?:[^"\\]|\\.)*"|\[(?:"(?:[^"\\]|\\.)*",?)*\]|[^,{}\[\]]+)`).FindAllStringSubmatch(text, -1) {
		key, value := field[1], field[2]
		switch {
		case strings.HasPrefix(key, "auth_ext_"):
			continue
		case key == "auth_data":
			value = "(masked)" // 2.2.7 shows it
		case key == "advert_sent":
			value = "(some)"
		case key == "last_transition":
			value = regexp.MustCompile(`\d`).ReplaceAllString(value, "9")
		}
		lines = append(lines, key+": "+value)
	}
	if !json.Valid(bytes.TrimSpace([]byte(text))) {
		t.Errorf("not JSON: %s", text)
	}
	return lines
}

// statLines leaves out the block that 2.4 added, and how many adverts there were.
func statLines(text string) []string {
	text = regexp.MustCompile(`(?m)^  Authentication Extension Errors:\n(    .*\n)+`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`(Sent): \d+`).ReplaceAllString(text, "$1: (some)")
	return strings.Split(text, "\n")
}

// dataLines gives the lines about instances that tools read, without values that depend on
// the moment. Ours has further ones.
func dataLines(text string) []string {
	_, text, _ = strings.Cut(text, "------< VRRP Topology >------\n")
	text, _, _ = strings.Cut(text, "------<")
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if key, _, ok := strings.Cut(line, " = "); ok && moving[strings.TrimSpace(key)] {
			line = key
		}
		if !newer.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// moving are keys whose values differ from run to run.
var moving = map[string]bool{"Last transition": true, "Read timeout": true, "Master down timer": true, "Password": true}

// newer matches what 2.2.7 or we do not have: lines of 2.4, counters, descriptors, users of
// scripts.
var newer = regexp.MustCompile(`^   (Last advert sent|Adverts sent|fd_in|Number of|Flags|  i/f down|  no source|Address owner ignores|VRRPv3 uses|.* script = |Read timeout)|^     i/f down`)
