// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const advertHex = "01005e00001202000000000a080045c0002800010000ff70d0910a000001e000001221336401000170660a0000640000000000000000"

// writeCase puts the files of a recording into a folder of their own.
func writeCase(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoad(t *testing.T) {
	t.Parallel()
	key, ok := frameKeyHex("eth0", advertHex)
	if !ok {
		t.Fatal("no key for an advert")
	}
	dir := writeCase(t, map[string]string{
		"c.conf": "##### a\nvrrp_instance X {\n}\n##### a.reload1\nY\n",
		"c.log":  "chatter before\n--- start keepalived a\n(X) one [x2]\n(X) one\n(X) two\n--- SIGTERM to the parent of a\nStopping\n",
		"c.wire": "+1.00 --- start keepalived a\n+2.00 eth0@b VRRP " + advertHex + "\n+2.10 eth0@a VRRP " + advertHex +
			"\n+4.00 --- SIGTERM to the parent of a\n+4.01 eth0@b VRRP " + advertHex + " [x2 until +4.02]\n",
		"c.fifo":   "--- start keepalived a\n49  'INSTANCE \"X\" BACKUP 100\\n'\n--- SIGTERM to the parent of a\n",
		"c.24.log": "--- start keepalived a\n(X) newer\n--- SIGTERM to the parent of a\n",
	})
	want := &Recording{
		Name:    "c",
		Configs: map[string]string{"a": "vrrp_instance X {\n}\n", "a.reload1": "Y\n"},
		Steps: []Step{
			{
				Do: "start keepalived a", At: time.Second, Log: []string{"(X) one", "(X) two"},
				Frames: []Frame{{Key: key, Inner: true}}, FIFO: []string{`INSTANCE "X" BACKUP 100`},
			},
			{Do: "SIGTERM to the parent of a", At: 4 * time.Second, Log: []string{"Stopping"}, Frames: []Frame{{Key: key}}},
		},
	}
	got, has, err := load(dir, "c", false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Step{}, snapshot{}, question{})); diff != "" {
		t.Errorf("load (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(recorded{log: true, wire: true, fifo: true}, has, cmp.AllowUnexported(recorded{})); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	newer, _, err := load(dir, "c", true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"(X) newer"}, newer.Steps[0].Log); diff != "" {
		t.Errorf("log of the newer version (-want +got):\n%s", diff)
	}
}

func TestLoadWithoutConfiguration(t *testing.T) {
	t.Parallel()
	if _, _, err := load(t.TempDir(), "none", false); err == nil {
		t.Error("no error")
	}
}

func TestFrameKeyIgnoresWhatIsAnotherInEach(t *testing.T) {
	t.Parallel()
	// Another identification, and with it another header checksum.
	other := "01005e00001202000000000a080045c0002800770000ff70d01b0a000001e000001221336401000170660a0000640000000000000000"
	a, _ := frameKeyHex("eth0", advertHex)
	b, _ := frameKeyHex("eth0", other)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	lower := "01005e00001202000000000a080045c0002800010000ff70d0910a000001e0000012213300010001d4660a0000640000000000000000"
	if c, _ := frameKeyHex("eth0", lower); c == a {
		t.Error("priority 0 has the key of priority 100")
	}
}

func TestFrameKeyLeavesOtherTrafficOut(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"short": "01005e", "not hex": "zz",
		"IGMP": "01005e00001602000000000a080046c00028000040000102000000000000e000001694040000220000000000000100000000000000000000",
	} {
		if key, ok := frameKeyHex("eth0", text); ok {
			t.Errorf("%s: key %s", name, key)
		}
	}
}

func TestReloads(t *testing.T) {
	t.Parallel()
	r := &Recording{Steps: []Step{{Do: "start keepalived a"}, {Do: "SIGHUP to the parent of a"}, {Do: "start keepalived b"}, {Do: "start keepalived a"}}}
	if got := r.reloads(); got != 2 {
		t.Errorf("%d reloads, want 2", got)
	}
}

func TestRepeatedSteps(t *testing.T) {
	t.Parallel()
	want := []part{{do: "a"}, {do: "start", lines: nil}, {do: "start", lines: []string{"x"}}}
	if diff := cmp.Diff(want, split("--- a\n--- start [x2]\nx\n"), cmp.AllowUnexported(part{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
