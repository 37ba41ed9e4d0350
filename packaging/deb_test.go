// SPDX-License-Identifier: Apache-2.0

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// build makes the packages of a version and gives the folder.
func build(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, "./deb", lab.Vipward(t), version, dir)
	return dir
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// TestSameBytes: the same sources give the same packages.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	one, two := build(t, "v1.2.3"), build(t, "1.2.3")
	for _, name := range []string{"vipward_1.2.3_" + arch(t) + ".deb", "vipward-keepalived_1.2.3_all.deb"} {
		a, b := read(t, filepath.Join(one, name)), read(t, filepath.Join(two, name))
		if a != b || a == "" {
			t.Errorf("%s differs", name)
		}
	}
}

func arch(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(run(t, "dpkg", "--print-architecture"))
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestInstalled goes through the life of the packages on a copy of this system: what each
// step asks of systemd, and what is there after it.
func TestInstalled(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Fatal("the packages are installed in a mount namespace, and making one needs root")
	}
	out := run(t, "unshare", "--mount", "--propagation", "private", "bash", "testdata/life", build(t, "1.0"), build(t, "1.1"), arch(t))
	_, life, ok := strings.Cut(out, "LIFE\n")
	if !ok {
		t.Fatalf("it did not get that far:\n%s", out)
	}
	if diff := cmp.Diff(read(t, "testdata/life.golden"), life); diff != "" {
		t.Errorf("(-want +got):\n%s\nall of it:\n%s", diff, out)
	}
}

// TestUnit: systemd understands every line of the unit.
func TestUnit(t *testing.T) {
	t.Parallel()
	unit := strings.ReplaceAll(read(t, "vipward.service"), "/usr/sbin/vipward", lab.Vipward(t))
	path := filepath.Join(t.TempDir(), "vipward.service")
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	// It tells of lines that it does not know, and exits with 0 all the same.
	if out := run(t, "systemd-analyze", "verify", "--man=no", path); strings.Contains(out, "vipward.service") {
		t.Error(out)
	}
}
