// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vipward/internal/lab"
)

// TestSignedPair: with auth_hmac the pair works as without, and does not believe a router that
// lacks the key, whatever its priority.
func TestSignedPair(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{
		"enforce":               "",
		"enforce, in any clock": "anti_replay monotonic\n",
		"permissive":            "mode permissive\n",
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net, lb := wireNet(t)
			signed := fmt.Sprintf("version 3\nadvert_int 0.2\nauth_hmac {\nkey 7 file:%s\nactive_key 7\n%s}\n", key, rule)
			var d [2]*lab.Daemon
			for i := range lb {
				form := wireForm{lines: signed}
				d[i] = lab.StartDaemon(lb[i], lab.Vipward, form.config(i))
			}
			d[1].WaitLine(`Entering BACKUP STATE`, patient)
			d[0].WaitLine(`Entering MASTER STATE`, patient)
			if code := d[0].Stop(); code != 0 {
				t.Errorf("stopped with exit status %d", code)
			}
			d[1].WaitLine(`\(VI_1\) Backup received priority 0 advertisement`, patient)
			mark := d[1].Mark()
			d[1].WaitLine(`\(VI_1\) Entering MASTER STATE`, patient)
			d[0].Start()
			d[1].WaitLineFrom(mark, `\(VI_1\) Master received advert from 192.0.2.11 with higher priority 150, ours 100`, patient)

			intruder := net.Host("intruder", "192.0.2.13/24")
			config := strings.Replace(wireForm{lines: "version 3\nadvert_int 0.2\n"}.config(0), "priority 150", "priority 250", 1)
			mark = d[0].Mark()
			lab.StartDaemon(intruder, lab.Vipward, config)
			if strings.Contains(rule, "permissive") {
				d[0].WaitLineFrom(mark, `Master received advert from 192.0.2.13 with higher priority 250`, patient)
				return
			}
			d[0].WaitLineFrom(mark, `\(VI_1\) auth_hmac: advert from 192.0.2.13 is not signed`, patient)
			if n := d[0].Count(mark, `Entering BACKUP STATE$`); n > 0 {
				t.Errorf("yielded to the intruder")
			}
		})
	}
}

// TestSuccessorIsBelieved: after a crash of the vrrp process its successor goes on with numbers
// that the keepalived beside it has not heard yet.
func TestSuccessorIsBelieved(t *testing.T) {
	t.Parallel()
	net, lb := wireNet(t)
	wire := net.Capture()
	form := wireForms()["v2 multicast AH"]
	first := lab.StartDaemon(lb[0], lab.Vipward, form.config(0))
	first.WaitLine(`Entering MASTER STATE`, patient)
	second := lab.StartDaemon(lb[1], lab.Keepalived, form.config(1))
	second.WaitLine(`Entering BACKUP STATE \(init\)`, patient)
	for range 3 {
		old := first.KillRole(lab.VRRP)
		first.RunningRole(lab.VRRP, old, patient)
		for range 4 { // longer than the other one would wait
			now := time.Now()
			wire.WaitAdvert("another advert", patient, func(a lab.Advert) bool { return a.Time.After(now) && a.Priority == 150 })
		}
	}
	if n := second.Count(0, `Entering MASTER|already processed`); n > 0 {
		t.Errorf("%d lines of disbelief", n)
	}
}

// TestWithoutInterface: unicast between routers that name no interface.
func TestWithoutInterface(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]wireForm{
		"IPv4": {unicast: true, lines: "version 3\nadvert_int 0.2\n"},
		"IPv6": {ipv6: true, unicast: true, lines: "version 3\nadvert_int 0.2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, lb := wireNet(t)
			var d [2]*lab.Daemon
			for i := range lb {
				config := strings.Replace(form.config(i), "interface eth0\n", "", 1)
				for _, vip := range append(vips4[:1:1], vips6...) {
					config = strings.Replace(config, vip+"\n", vip+" dev eth0\n", 1)
				}
				d[i] = lab.StartDaemon(lb[i], lab.Vipward, config)
			}
			d[0].WaitLine(`Entering MASTER STATE`, patient)
			if code := d[0].Stop(); code != 0 {
				t.Errorf("stopped with exit status %d", code)
			}
			d[1].WaitLine(`\(VI_1\) Backup received priority 0 advertisement`, patient)
		})
	}
}
