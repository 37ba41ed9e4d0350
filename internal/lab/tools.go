// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"bufio"
	"bytes"
	_ "embed" // for the list of packages
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// packages lists the Debian packages that the lab uses, one a line. keepalived, haproxy and
// nginx are not among them: installing those would start services.
//
//go:embed packages.txt
var packages string

// Packages returns the names of the Debian packages that the lab uses.
func Packages() []string { return strings.Fields(packages) }

// Keepalived gives the path of the real keepalived: the installed one, else Debian's
// package unpacked into the cache folder.
func Keepalived(t TB) string {
	t.Helper()
	return tool(t, "keepalived", "usr/sbin/keepalived")
}

// HAProxy gives the path of haproxy, found as Keepalived's.
func HAProxy(t TB) string {
	t.Helper()
	return tool(t, "haproxy", "usr/sbin/haproxy")
}

// Vipward gives the path of the vipward binary: $VIPWARD_BIN, or ./cmd/vipward built
// once for all tests of the process, which the variable then names. A test that runs in
// the lab kernel calls it before IPVS: compilers are slow in there.
func Vipward(t TB) string {
	t.Helper()
	if bin := os.Getenv(vipwardEnv); bin != "" {
		return bin
	}
	if InLabKernel() {
		t.Fatalf("%s is not set in the lab kernel: call Vipward before IPVS", vipwardEnv)
	}
	release, err := lockOne(t.Context(), "build", 1)
	if err != nil {
		t.Fatalf("build vipward: %v", err)
	}
	bin, err := buildVipward(t)
	if err := errors.Join(err, release()); err != nil {
		t.Fatalf("build vipward: %v", err)
	}
	if err := os.Setenv(vipwardEnv, bin); err != nil {
		t.Fatalf("%v", err)
	}
	return bin
}

// Nginx gives the path of nginx, found as Keepalived's.
func Nginx(t TB) string {
	t.Helper()
	return tool(t, "nginx", "usr/sbin/nginx")
}

// Promtool gives the path of promtool, found as Keepalived's.
func Promtool(t TB) string {
	t.Helper()
	return tool(t, "prometheus", "usr/bin/promtool")
}

const vipwardEnv = "VIPWARD_BIN"

// buildVipward builds into the cache folder. The rename lets programs that run the
// earlier build go on.
func buildVipward(t TB) (string, error) {
	root, err := moduleRoot(t)
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(cache, "vipward")
	fresh := fmt.Sprintf("%s.%d", bin, os.Getpid())
	build := exec.CommandContext(t.Context(), "go", "build", "-o", fresh, "./cmd/vipward")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // static, as make build
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, os.Rename(fresh, bin)
}

// moduleRoot is the folder of go.mod.
func moduleRoot(t TB) (string, error) {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find go.mod: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// tool finds a program of a Debian package without installing the package.
func tool(t TB, pkg, path string) string {
	t.Helper()
	if bin, err := exec.LookPath(filepath.Base(path)); err == nil {
		return bin
	}
	cache, err := cacheDir()
	if err != nil {
		t.Fatalf("%s: %v", pkg, err)
	}
	bin := filepath.Join(cache, pkg, path)
	if _, err := os.Stat(bin); err == nil {
		return bin
	}
	release, err := lockOne(t.Context(), "unpack", 1)
	if err != nil {
		t.Fatalf("unpack %s: %v", pkg, err)
	}
	if err := errors.Join(unpack(t, pkg, filepath.Join(cache, pkg)), release()); err != nil {
		t.Fatalf("%s: %v", pkg, err)
	}
	if missing, err := missingLibraries(t, bin); err != nil || len(missing) > 0 {
		t.Fatalf("%s lacks the libraries %v (packages: %v): %v", pkg, missing, Packages(), err)
	}
	return bin
}

// unpack downloads a Debian package and unpacks it to dir, which appears only when it is
// complete.
func unpack(t TB, pkg, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil // someone else was faster
	}
	scratch, err := cacheTemp(t, "deb-")
	if err != nil {
		return err
	}
	if err := runIn(t, scratch, "apt-get", "download", pkg); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(scratch, "*.deb"))
	if err != nil {
		return err
	}
	if len(debs) != 1 {
		return fmt.Errorf("download %s: found %v", pkg, debs)
	}
	files := filepath.Join(scratch, "files")
	if err := runIn(t, scratch, "dpkg", "-x", debs[0], files); err != nil {
		return err
	}
	return os.Rename(files, dir)
}

func runIn(t TB, dir string, args ...string) error {
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// missingLibraries asks the dynamic linker what a program needs and does not find.
func missingLibraries(t TB, bin string) ([]string, error) {
	out, err := exec.CommandContext(t.Context(), "ldd", bin).Output()
	if err != nil {
		return nil, fmt.Errorf("ldd %s: %w", bin, err)
	}
	var missing []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		if name, _, ok := strings.Cut(lines.Text(), " => not found"); ok {
			missing = append(missing, strings.TrimSpace(name))
		}
	}
	return missing, nil
}
