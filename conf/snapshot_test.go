// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// everything is a configuration that uses most of the language.
const everything = "global_defs {\nrouter_id \"A B\"\nscript_user u\n}\n" +
	"vrrp_script c {\nscript \"/c -0 'x y'\"\nweight -60\n}\n" +
	"vrrp_instance V {\nstate BACKUP\ninterface eth0\nvirtual_router_id 5\nunicast_src_ip 10.0.0.1/24\nunicast_peer {\n10.0.0.2/24\n}\n" +
	"authentication {\nauth_type PASS\nauth_pass \"p\xff#w\"\n}\nvirtual_ipaddress {\n10.0.0.9/24 dev eth1 label eth1:x\n}\n" +
	"track_script {\nc weight 3\n}\nnotify \"/n 'a b'\" u g\nnotify_master '/m x'\n}\n" +
	"virtual_server 10.0.0.9 80 {\ndelay_loop 5\nlb_algo wlc\nlb_kind DR\nprotocol TCP\nsorry_server 10.0.0.8 80\n" +
	"real_server 10.0.0.7 80 {\nweight 3\nTCP_CHECK {\nconnect_timeout 2\n}\n}\n}\n"

func TestSnapshot(t *testing.T) {
	t.Parallel()
	tests := map[string]memFiles{
		"empty":      {"f": ""},
		"everything": {"f": everything},
		"includes":   {"f": "include d/*\n" + serverText(""), "d/a": "global_defs {\nrouter_id X\n}", "d/b": instanceText()},
		"mistakes":   {"f": instanceText("priority x", "nonsense {", "a", "}") + "}"},
		"odd text":   {"f": "global_defs {\nrouter_id \"\xc3\x28 \u2028 <&> \u0001\"\n}"},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := load(files, "f")
			b, err := l.Snapshot()
			if err != nil {
				t.Fatalf("%v: %v", err, l.Diagnostics)
			}
			got, err := FromSnapshot(b)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "configuration", l.Config, got)
			again, err := l.Snapshot()
			if err != nil || !bytes.Equal(b, again) {
				t.Errorf("a second snapshot differs (%v)", err)
			}
		})
	}
}

// TestSnapshotKeepsBytes: passwords go to the wire byte for byte.
func TestSnapshotKeepsBytes(t *testing.T) {
	t.Parallel()
	b, err := loadText(everything).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := FromSnapshot(b)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "password", "p\xff#w", string(cfg.Instances[0].AuthPass))
}

func TestSnapshotOfFatal(t *testing.T) {
	t.Parallel()
	if _, err := loadText("vrrp_instance V {\n}").Snapshot(); err == nil {
		t.Error("a configuration that cannot be run has a snapshot")
	}
}

func TestFromSnapshotRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":         "",
		"no JSON":         "vrrp_instance",
		"other version":   `{"version":1,"files":[],"tree":[]}`,
		"no version":      `{}`,
		"wrong text":      `{"version":2,"files":[{"f":"f"}],"tree":[{"k":["YQ==","YQ=="],"p":[0,1,1]}]}`,
		"no text":         `{"version":2,"files":[{"f":"f"}],"tree":[{"k":["!"],"p":[0,1,1]}]}`,
		"a fatal mistake": `{"version":2,"files":[{"f":"f"}],"tree":[{"k":"vrrp_instance","p":[0,1,1],"a":[{"t":"V","p":[0,1,5]}],"b":true}]}`,
	} {
		if cfg, err := FromSnapshot([]byte(text)); err == nil || cfg != nil {
			t.Errorf("%s: %v, %v", name, cfg, err)
		} else if !strings.HasPrefix(err.Error(), "read snapshot: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSnapshotWithStrangeFileNumber(t *testing.T) {
	t.Parallel()
	cfg, err := FromSnapshot([]byte(`{"version":2,"files":[{"f":"f"}],"tree":[{"k":"global_defs","p":[-7,1,1],"b":true},{"k":"global_defs","p":[99,1,1],"b":true}]}`))
	if err != nil || cfg == nil {
		t.Errorf("%v, %v", cfg, err)
	}
}

// TestSnapshotOfExamples loads what is shipped.
func TestSnapshotOfExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../examples/*/*.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		l := Load(f)
		if l.Fatal() {
			t.Errorf("%s: %v", f, l.Diagnostics)
			continue
		}
		b, err := l.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromSnapshot(b)
		if err != nil {
			t.Fatal(err)
		}
		diff(t, f, l.Config, got)
	}
}

// TestSnapshotKeepsTheWay: a place in a file that is included twice is two places.
func TestSnapshotKeepsTheWay(t *testing.T) {
	t.Parallel()
	l := load(memFiles{"f": "$I=eth0\ninclude g\n", "g": strings.Replace(instanceText(), "eth0", "${I}", 1)}, "f")
	b, err := l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	got, err := FromSnapshot(b)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "configuration", l.Config, got)
	vi := got.Instances[0]
	if vi.Pos.Via == 0 || vi.InterfacePos.Via == 0 || vi.Pos.Via == vi.InterfacePos.Via {
		t.Errorf("the instance came by %d, its interface by %d", vi.Pos.Via, vi.InterfacePos.Via)
	}
}
