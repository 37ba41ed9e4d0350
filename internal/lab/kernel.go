// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// insideEnv marks processes inside the lab kernel.
const insideEnv = "VIPWARD_LAB_KERNEL"

// InLabKernel says whether this process runs inside the lab kernel.
func InLabKernel() bool { return os.Getenv(insideEnv) != "" }

// HasIPVS says whether the running kernel has IPVS, after asking for the module.
func HasIPVS() bool {
	if ipvsListed() {
		return true
	}
	// Without kmod or the right to load there is nothing to see afterwards, which is the answer.
	_ = exec.Command("modprobe", "ip_vs").Run()
	return ipvsListed()
}

func ipvsListed() bool {
	_, err := os.Stat("/proc/net/ip_vs")
	return err == nil
}

// IPVS says whether the test can go on here because the kernel has IPVS. If it has not,
// the test has run in the lab kernel meanwhile: its output and its result are t's, and
// the caller returns. Call it first, from a top-level test.
func IPVS(t TB) bool {
	t.Helper()
	return kernelWith(t, "IPVS", HasIPVS)
}

// Links says whether the test can go on here because the kernel has links of these kinds
// ("ipvlan", "vrf", ...), or has run it in the lab kernel meanwhile, as IPVS does.
func Links(t TB, kinds ...string) bool {
	t.Helper()
	return kernelWith(t, "links of kind "+strings.Join(kinds, ", "), func() bool { return hasLinks(t, kinds) })
}

// hasLinks tries to make a link of each kind in a namespace of its own.
func hasLinks(t TB, kinds []string) bool {
	t.Helper()
	_, ns := newNamespace(t, "kinds")
	err := inNetns(ns, func() error {
		if out, err := exec.Command("ip", "link", "add", "base", "type", "veth", "peer", "name", "other").CombinedOutput(); err != nil {
			return fmt.Errorf("make a veth pair: %w: %s", err, out)
		}
		for _, kind := range kinds {
			args := map[string][]string{"vrf": {"table", "10"}, "vlan": {"id", "5"}}[kind]
			add := []string{"link", "add", "try-" + kind}
			if kind != "vrf" && kind != "dummy" {
				add = append(add, "link", "base")
			}
			add = append(append(add, "type", kind), args...)
			if out, err := exec.Command("ip", add...).CombinedOutput(); err != nil {
				return fmt.Errorf("make a link of kind %s: %w: %s", kind, err, out)
			}
		}
		return nil
	})
	return err == nil
}

// kernelWith says whether the running kernel has what a test needs; if not, the test has
// run in the lab kernel, and t has its result.
func kernelWith(t TB, what string, has func() bool) bool {
	t.Helper()
	here := has()
	if InLabKernel() && !here {
		t.Fatalf("the lab kernel came up without %s", what)
	}
	if here {
		return true
	}
	program, err := testProgram(t)
	if err != nil {
		t.Fatalf("test program for the lab kernel: %v", err)
	}
	limit := timeLimit(t)
	m := machine{
		args:  []string{program, "-test.v", "-test.run", exactly(t.Name()), "-test.timeout", limit.String()},
		limit: limit + bootLimit,
	}
	passed := false
	m.line = func(s string) {
		passed = passed || strings.HasPrefix(s, "--- PASS: "+t.Name()+" ")
		t.Logf("%s", s)
	}
	code, err := m.run(t.Context())
	switch {
	case err != nil:
		t.Fatalf("lab kernel: %v", err)
	case code != 0:
		t.Fatalf("the test failed in the lab kernel (exit status %d)", code)
	case !passed:
		t.Fatalf("the test was skipped in the lab kernel")
	}
	return false
}

// RunInIPVSKernel is IPVS for programs: here means that the kernel has IPVS and the
// program goes on. Otherwise the program has run again in the lab kernel with these
// arguments, wrote its output to out, and ended with code.
func RunInIPVSKernel(ctx context.Context, out io.Writer, limit time.Duration, args []string) (here bool, code int, err error) {
	if HasIPVS() {
		return true, 0, nil
	}
	self, err := os.Executable()
	if err != nil {
		return false, 0, fmt.Errorf("find the own program: %w", err)
	}
	m := machine{
		args:  append([]string{self}, args...),
		limit: limit + bootLimit,
		line:  func(s string) { fmt.Fprintln(out, s) },
	}
	code, err = m.run(ctx)
	return false, code, err
}

// testProgram is a test binary that can run in the lab kernel: this one, or, since the
// race detector's address space does not fit in there, one built without it.
func testProgram(t TB) (string, error) {
	if !raceEnabled {
		return os.Executable()
	}
	dir, err := cacheTemp(t, "test-")
	if err != nil {
		return "", err
	}
	file := dir + "/plain.test"
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", file, ".")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build without the race detector: %w: %s", err, out)
	}
	return file, nil
}

// exactly is the -test.run pattern for one test.
func exactly(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// timeLimit is how long a test may run inside: what is left of go test's own limit, at
// most nine minutes.
func timeLimit(t TB) time.Duration {
	const most = 9 * time.Minute
	d, ok := t.(interface{ Deadline() (time.Time, bool) })
	if !ok {
		return most
	}
	deadline, ok := d.Deadline()
	if !ok {
		return most
	}
	return min(most, time.Until(deadline)-bootLimit).Round(time.Second)
}
