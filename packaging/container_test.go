// SPDX-License-Identifier: Apache-2.0

package packaging

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// rootEnv names the root of the container in which this program, started again, becomes vipward.
const rootEnv = "VIPWARD_TEST_ROOT"

func TestMain(m *testing.M) {
	if root := os.Getenv(rootEnv); root != "" {
		fmt.Fprintln(os.Stderr, contain(root, os.Args[1:]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// contained are the capabilities that docs/install.md gives a container.
var contained = map[string]int{"NET_ADMIN": unix.CAP_NET_ADMIN, "NET_RAW": unix.CAP_NET_RAW, "SYS_NICE": unix.CAP_SYS_NICE, "IPC_LOCK": unix.CAP_IPC_LOCK}

// contain goes on as another program in a root of its own, with those capabilities alone.
func contain(root string, args []string) error {
	runtime.LockOSThread()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to ourselves: %w", err)
	}
	if err := unix.Mount("proc", filepath.Join(root, "proc"), "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	for c := 0; c <= unix.CAP_LAST_CAP; c++ {
		if slices.Contains([]int{contained["NET_ADMIN"], contained["NET_RAW"], contained["SYS_NICE"], contained["IPC_LOCK"]}, c) {
			continue
		}
		// It holds from the next exec on.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := unix.Chroot(root); err != nil {
		return fmt.Errorf("chroot %s: %w", root, err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return fmt.Errorf("exec %s: %w", args[0], unix.Exec(args[0], args, nil))
}

// image is the root of a container as the Containerfile makes it, with what a runtime adds.
func image(t *testing.T, config string) string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range append(madeDirs(t), "proc", "dev", "usr/sbin") {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "cp", lab.Vipward(t), filepath.Join(root, "usr/sbin/vipward"))
	if err := unix.Mknod(filepath.Join(root, "dev/null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/keepalived/keepalived.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

// madeDirs are the folders that the definition makes.
func madeDirs(t *testing.T) (dirs []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`/image/(\S+)`).FindAllStringSubmatch(definition(t, "RUN mkdir -p "), -1) {
		dirs = append(dirs, m[1])
	}
	return dirs
}

// definition gives the rest of the first line that begins so.
func definition(t *testing.T, begin string) string {
	t.Helper()
	for line := range strings.Lines(read(t, "Containerfile")) {
		if rest, ok := strings.CutPrefix(line, begin); ok {
			return strings.TrimSpace(rest)
		}
	}
	t.Fatalf("the Containerfile has no line %q", begin)
	return ""
}

// TestContainerfile: what it copies is there, and what it builds with is the module's language.
func TestContainerfile(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(read(t, "Containerfile")) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "COPY" || strings.HasPrefix(words[1], "--from") {
			continue
		}
		for _, from := range words[1 : len(words)-1] {
			if _, err := os.Stat(filepath.Join("..", from)); err != nil {
				t.Error(err)
			}
		}
	}
	_, version, _ := strings.Cut(read(t, "../go.mod"), "\ngo ")
	if want := strings.Join(strings.SplitN(strings.Fields(version)[0], ".", 3)[:2], "."); !strings.Contains(read(t, "Containerfile"), "golang:"+want+" ") {
		t.Errorf("it does not build with Go %s", want)
	}
	page := read(t, "../docs/install.md")
	for name := range contained {
		if !strings.Contains(page, "--cap-add="+name) {
			t.Errorf("docs/install.md lacks %s", name)
		}
	}
}

// TestContainer runs the program in a root with nothing else in it, as its first process and with the
// capabilities of docs/install.md: it becomes master without a complaint, and TERM ends it in order.
func TestContainer(t *testing.T) {
	t.Parallel()
	host := lab.NewNet(t).Host("node", "192.0.2.11/24")
	root := image(t, "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority 100\n advert_int 0.2\n version 3\n"+
		" virtual_ipaddress {\n 192.0.2.100/24\n }\n}\n")
	var entry []string
	if err := json.Unmarshal([]byte(definition(t, "ENTRYPOINT ")), &entry); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", entry...)
	cmd.Env = append(os.Environ(), rootEnv+"="+root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	p := host.StartCmd(cmd)
	p.WaitLine("Entering MASTER STATE", 20*time.Second)
	lab.Wait(t, 20*time.Second, "the address", func() error {
		if !host.HasAddr("192.0.2.100") {
			return fmt.Errorf("only %v", host.Addrs())
		}
		return nil
	})
	if code := p.Stop(); code != 0 || host.HasAddr("192.0.2.100") {
		t.Errorf("ended with %d, addresses %v", code, host.Addrs())
	}
	for _, line := range p.All() {
		if regexp.MustCompile(`(?i)permi(tted|ssion)|denied|no such file`).MatchString(line) {
			t.Errorf("it complains: %s", line)
		}
	}
}
