// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
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

func TestSnapshotOfCheckOnly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(file, []byte(everything), 0o600); err != nil {
		t.Fatal(err)
	}
	l, whole := Options{CheckOnly: true}.Load(file), Load(file)
	if l.Fatal() {
		t.Fatal(l.Diagnostics)
	}
	if _, err := l.Snapshot(); err == nil {
		t.Error("lines that were not kept have a snapshot")
	}
	diff(t, "configuration", whole.Config, l.Config)
}

func TestFromSnapshotRefuses(t *testing.T) {
	t.Parallel()
	const file, text = "f\x02f", "l\x00\x02\x02\x02\x00\x00\x02a" // of file 0 line 1, column 1
	for name, text := range map[string]string{
		"nothing":            "",
		"no snapshot":        "vrrp_instance",
		"other version":      "vipward lines 3\n" + file + text,
		"unknown entry":      snapshotHead + "x",
		"no such file":       snapshotHead + text,
		"no such text":       snapshotHead + file + "a\x00\x02\x02\x02\x00\x00",
		"cut off":            snapshotHead + file + text[:len(text)-1],
		"a huge text":        snapshotHead + "f\xff\xff\xff\x0f",
		"a negative length":  snapshotHead + "f\x01",
		"an endless number":  snapshotHead + "f" + strings.Repeat("\xff", 20),
		"places of no line":  snapshotHead + file + "l\x00\x02\x02\x02\x00\x02\x04\x02\x00\x00\x02a",
		"places not in line": snapshotHead + file + "l\x00\x02\x02\x02\x00\x04\x00\x02\x00\x00\x00\x02\x00\x00\x02a",
		"a fatal mistake":    snapshotHead + file + "l\x00\x02\x02\x02\x00\x00\x22vrrp_instance V {",
	} {
		if cfg, err := FromSnapshot([]byte(text)); err == nil || cfg != nil {
			t.Errorf("%s: %v, %v", name, cfg, err)
		} else if !strings.HasPrefix(err.Error(), "read snapshot: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := FromSnapshot([]byte(snapshotHead + file + text)); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

// TestRecorder: lines come back as they were, also over the edge of a chunk.
func TestRecorder(t *testing.T) {
	t.Parallel()
	r := newRecorder(0)
	want := []line{
		{file: "f", num: 1, text: "a b", first: 1, end: 4},
		{file: "g", num: 7, text: "ü", first: 0, segs: []seg{{at: 0, col: 3, via: 2}}, via: 2, end: 4},
		{file: "f", num: 2, text: "x", first: 1, segs: []seg{{col: 1}, {at: 1, col: 9, via: 3, fixed: true}}, end: 20},
		{file: "f", num: 3, text: strings.Repeat("y", 2*recorderChunk), first: 1, end: 2*recorderChunk + 1},
	}
	for range 3 {
		want = append(want, want[1], want[0], line{file: "f", num: 9, text: "x", first: 3, end: 7, via: 5})
	}
	for i := range 2000 {
		want = append(want, line{file: "h", num: i, text: strings.Repeat("z", i), first: 5, end: int32(i) + 5})
	}
	for _, l := range want {
		r.add(l)
	}
	var got []line
	if err := replay(r.bytes(), func(l line) { got = append(got, l) }); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%d lines came back as %d others", len(want), len(got))
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
