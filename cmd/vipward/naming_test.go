// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/watchdog"
)

func TestNaming(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		naming
		pid, ident string
	}{
		{naming{}, "/run/vrrp.pid", "Keepalived_vrrp"},
		{naming{dir: true}, "/run/keepalived/vrrp.pid", "Keepalived_vrrp"},
		{naming{instance: "foo"}, "/run/keepalived/vrrp_foo.pid", "Keepalived_vrrp_foo"},
		{naming{namespace: "ns"}, "/run/keepalived/ns/vrrp.pid", "Keepalived_vrrp_ns"},
		{naming{namespace: "ns", instance: "foo"}, "/run/keepalived/ns/vrrp_foo.pid", "Keepalived_vrrp_ns_foo"},
	} {
		if got := tt.pidFile(defaultVRRPPID); got != tt.pid {
			t.Errorf("%+v: pid file %s, want %s", tt.naming, got, tt.pid)
		}
		if got := tt.naming.ident(ident(watchdog.VRRP)); got != tt.ident {
			t.Errorf("%+v: %s, want %s", tt.naming, got, tt.ident)
		}
	}
	o := options{namespace: "given"}
	if got := o.naming(conf.Daemon{NetNamespace: "configured"}).namespace; got != "given" {
		t.Errorf("-s does not win: %s", got)
	}
}

func TestProcessName(t *testing.T) {
	t.Parallel()
	own := conf.Daemon{ProcessName: "p", VRRPProcess: conf.Process{Name: "v"}, CheckerProcess: conf.Process{Name: "c"}}
	mixed := conf.Daemon{ProcessNames: true, VRRPProcess: conf.Process{Name: "v"}}
	for name, tt := range map[string]struct {
		d    conf.Daemon
		want []string
	}{
		"none":     {conf.Daemon{}, []string{"vipward", "vipward", "vipward"}},
		"standard": {conf.Daemon{ProcessNames: true}, []string{"keepalived", "keepalived_vrrp", "keepalived_lvs"}},
		"own":      {own, []string{"p", "v", "c"}},
		"mixed":    {mixed, []string{"keepalived", "v", "keepalived_lvs"}},
	} {
		var got []string
		for _, r := range []watchdog.Role{"", watchdog.VRRP, watchdog.Checker} {
			got = append(got, processName(r, tt.d))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// namedHost is a host of its own, with its own /run and a network namespace zz in which alone
// there is v0, on which a daemon runs until it is up. Then it says where its pid files are, how
// its processes are called, and which of their threads are elsewhere than in a namespace.
const namedHost = `set -e
mount -t tmpfs tmpfs /run
mkdir /run/netns
ip link set lo up
if [ -n "$NS" ]; then ip netns add zz; in="ip -n zz"; else in="ip"; fi
$in link add name v0 type veth peer name v1
$in link set dev v0 up
$in link set dev v1 up
$in addr add 10.9.8.1/24 dev v0
"$VIPWARD" -n -l --control=none $OPTION -f "$CONFIG" >"$CONFIG.log" 2>&1 &
n=0
until grep -qs "Startup complete" "$CONFIG.log"; do
  n=$((n+1)); [ $n -lt 300 ] || { cat "$CONFIG.log"; exit 1; }
  sleep 0.1
done
for f in $(find /run -name '*.pid' | sort); do
  pid=$(cat $f)
  where=home
  if [ -n "$NS" ]; then where=zz; want=$(stat -Lc %i /run/netns/zz); else want=$(stat -Lc %i /proc/self/ns/net); fi
  for ns in /proc/$pid/task/*/ns/net; do [ "$(stat -Lc %i $ns)" = "$want" ] || where=elsewhere; done
  echo $f $(cat /proc/$pid/comm) $where
done
kill $!
wait $! || exit 1
grep -o "Changing syslog ident.*" "$CONFIG.log" || true
find /run -name '*.pid' -o -name keepalived
`

// TestNamesOnTheHost: names, pid files and namespaces as those of keepalived 2.2.7.
func TestNamesOnTheHost(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root: namespaces")
	}
	instance := config[strings.Index(config, "vrrp_instance"):strings.Index(config, "virtual_server")]
	for name, tt := range map[string]struct {
		top, option string
		ns          bool
		want        []string
	}{
		"none": {want: []string{"/run/keepalived.pid vipward home", "/run/vrrp.pid vipward home"}},
		"names": {
			top:  "use_pid_dir\nglobal_defs {\nprocess_names\nprocess_name hugo\n}\n",
			want: []string{"/run/keepalived/keepalived.pid hugo home", "/run/keepalived/vrrp.pid keepalived_vrrp home"},
		},
		"instance": {
			top: "instance foo\n",
			want: []string{
				"/run/keepalived/keepalived_foo.pid vipward home", "/run/keepalived/vrrp_foo.pid vipward home",
				"Changing syslog ident to Keepalived_foo",
			},
		},
		"namespace": {
			top: "net_namespace zz\ninstance foo\n", ns: true,
			want: []string{
				"/run/keepalived/zz/keepalived_foo.pid vipward zz", "/run/keepalived/zz/vrrp_foo.pid vipward zz",
				"Changing syslog ident to Keepalived_zz_foo",
			},
		},
		"-s": {
			top: "net_namespace other\n", option: "-s zz", ns: true,
			want: []string{
				"/run/keepalived/zz/keepalived.pid vipward zz", "/run/keepalived/zz/vrrp.pid vipward zz",
				"Changing syslog ident to Keepalived_zz",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := t.TempDir() + "/k.conf"
			must(t, os.WriteFile(file, []byte(tt.top+instance), 0o600))
			cmd := exec.Command("unshare", "-nm", "sh", "-c", namedHost)
			cmd.Env = append(os.Environ(), mainEnv, "VIPWARD="+os.Args[0], "CONFIG="+file, "OPTION="+tt.option)
			if tt.ns {
				cmd.Env = append(cmd.Env, "NS=1")
			}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			if diff := cmp.Diff(tt.want, strings.Split(strings.TrimSpace(string(out)), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
