// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

func read(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tree makes the files and directories that the tests resolve: DIR/… with the given mode.
func tree(t *testing.T) string {
	t.Helper()
	needRoot(t)
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(filepath.Dir(dir), 0o755)) // for other users
	file := func(name string, mode os.FileMode) {
		path := filepath.Join(dir, name)
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600))
		must(os.Chmod(path, mode))
	}
	file("ok.sh", 0o755)
	file("noexec.sh", 0o644)
	file("rootonly.sh", 0o744)
	file("ww.sh", 0o757)
	file("gw.sh", 0o775)
	file("gwother.sh", 0o775)
	file("nobodys.sh", 0o700)
	file("nobodysgroup.sh", 0o710)
	file("open/x.sh", 0o755)
	file("sticky/x.sh", 0o755)
	file("private/x.sh", 0o755)
	file("theirs/x.sh", 0o755)
	file("setuid.sh", 0o755)
	must(os.Chmod(filepath.Join(dir, "setuid.sh"), os.ModeSetuid|0o757))
	must(os.Chown(filepath.Join(dir, "gwother.sh"), 0, 65534))
	must(os.Chown(filepath.Join(dir, "nobodys.sh"), 65534, 0))
	must(os.Chown(filepath.Join(dir, "nobodysgroup.sh"), 0, 65534))
	must(os.Chown(filepath.Join(dir, "theirs"), 65534, 0))
	must(os.Chmod(filepath.Join(dir, "open"), 0o777))
	must(os.Chmod(filepath.Join(dir, "private"), 0o700))
	must(os.Chmod(filepath.Join(dir, "sticky"), os.ModeSticky|0o777))
	must(os.Symlink("ok.sh", filepath.Join(dir, "link.sh")))
	must(os.Symlink(".", filepath.Join(dir, "dirlink")))
	must(os.Symlink("nowhere", filepath.Join(dir, "dangling.sh")))
	return dir
}

func TestResolve(t *testing.T) {
	dir := tree(t)
	t.Setenv("PATH", "relative:"+filepath.Join(dir, "nowhere")+":"+dir)
	t.Chdir(dir)
	root, nobody := "root", "nobody"
	tests := []struct {
		name    string
		script  string
		user    string
		secure  bool
		path    string // of the result, under DIR
		arg0    string // under DIR; empty: as path
		unsafe  string // under DIR
		verdict Verdict
		err     string
	}{
		{name: "absolute", script: "DIR/ok.sh", path: "ok.sh"},
		{name: "absolute, secure", script: "DIR/ok.sh", secure: true, path: "ok.sh"},
		{name: "relative", script: "./ok.sh", path: "ok.sh"},
		{name: "bare name", script: "ok.sh", path: "ok.sh"},
		{name: "bare name, not executable for the user", script: "rootonly.sh", user: nobody, verdict: Missing, err: "Script rootonly.sh cannot be accessed - No such file or directory"},
		{name: "link keeps its name", script: "DIR/link.sh", path: "ok.sh", arg0: "link.sh"},
		{name: "through a linked directory", script: "DIR/dirlink/ok.sh", secure: true, path: "ok.sh", arg0: "dirlink/ok.sh"},
		{name: "missing", script: "/nonexistent/x", verdict: Missing, err: "Script /nonexistent/x cannot be accessed - No such file or directory"},
		{name: "missing bare name", script: "nosuch", verdict: Missing, err: "Script nosuch cannot be accessed - No such file or directory"},
		{name: "dangling link", script: "DIR/dangling.sh", verdict: Missing, err: "Script DIR/dangling.sh cannot be accessed - No such file or directory"},
		{name: "below a file", script: "DIR/ok.sh/x", verdict: Missing, err: "Script DIR/ok.sh/x cannot be accessed - Not a directory"},
		{name: "directory", script: "DIR/open", verdict: NotExecutable, err: "WARNING - script 'DIR/open' is not executable for uid:gid 0:0 - disabling."},
		{name: "not executable", script: "DIR/noexec.sh", verdict: NotExecutable, err: "WARNING - script 'DIR/noexec.sh' is not executable for uid:gid 0:0 - disabling."},
		{name: "executable for root only", script: "DIR/rootonly.sh", user: nobody, verdict: NotExecutable, err: "WARNING - script 'DIR/rootonly.sh' is not executable for uid:gid 65534:65534 - disabling."},
		{name: "in a directory for root only", script: "DIR/private/x.sh", user: nobody, verdict: Missing, err: "Script DIR/private/x.sh cannot be accessed - Permission denied"},
		{name: "in a directory for root only, for root", script: "DIR/private/x.sh", path: "private/x.sh"},
		{name: "executable for the owner", script: "DIR/nobodys.sh", user: nobody, path: "nobodys.sh"},
		{name: "executable for the group", script: "DIR/nobodysgroup.sh", user: nobody, path: "nobodysgroup.sh"},
		{name: "world-writable", script: "DIR/ww.sh", path: "ww.sh", unsafe: "ww.sh"},
		{name: "world-writable, secure", script: "DIR/ww.sh", secure: true, verdict: Unsafe, err: "Unsafe permissions found for script 'DIR/ww.sh' - disabling."},
		{name: "world-writable, not root's power", script: "DIR/ww.sh", user: nobody, secure: true, path: "ww.sh"},
		{name: "set-uid root, world-writable", script: "DIR/setuid.sh", user: nobody, secure: true, verdict: Unsafe, err: "Unsafe permissions found for script 'DIR/setuid.sh' - disabling."},
		{name: "writable for root's group", script: "DIR/gw.sh", secure: true, path: "gw.sh"},
		{name: "writable for another group", script: "DIR/gwother.sh", path: "gwother.sh", unsafe: "gwother.sh"},
		{name: "of another owner", script: "DIR/nobodys.sh", path: "nobodys.sh", unsafe: "nobodys.sh"},
		{name: "in a world-writable directory", script: "DIR/open/x.sh", path: "open/x.sh", unsafe: "open"},
		{name: "in a sticky directory", script: "DIR/sticky/x.sh", secure: true, path: "sticky/x.sh"},
		{name: "in a directory of another owner", script: "DIR/theirs/x.sh", path: "theirs/x.sh", unsafe: "theirs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			who := tt.user
			if who == "" {
				who = root
			}
			c := conf.Command{Args: []string{strings.ReplaceAll(tt.script, "DIR", dir), "arg"}, User: who}
			got, err := Resolve(c, Defaults{Secure: tt.secure})
			if tt.err != "" {
				var re *ResolveError
				if !errors.As(err, &re) || re.Verdict != tt.verdict {
					t.Fatalf("got %#v, want verdict %d", err, tt.verdict)
				}
				if diff := cmp.Diff(strings.ReplaceAll(tt.err, "DIR", dir), err.Error()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := Command{Path: filepath.Join(dir, tt.path), Args: []string{filepath.Join(dir, tt.path), "arg"}}
			if tt.arg0 != "" {
				want.Args[0] = filepath.Join(dir, tt.arg0)
			}
			if tt.unsafe != "" {
				want.Unsafe = filepath.Join(dir, tt.unsafe)
			}
			if who == nobody {
				want.UID, want.GID = 65534, 65534
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestResolveUser(t *testing.T) {
	t.Parallel()
	if _, err := user.Lookup(defaultUser); err == nil {
		lacks(t, "a system without the user "+defaultUser)
	}
	self := [2]uint32{uint32(os.Geteuid()), uint32(os.Getegid())}
	tests := []struct {
		name    string
		command conf.Command
		def     Defaults
		want    [2]uint32
		err     string
	}{
		{name: "nothing said", want: self},
		{name: "nothing said, secure", def: Defaults{Secure: true}, err: "Script user 'keepalived_script' does not exist"},
		{name: "by default", def: Defaults{User: "nobody", Secure: true}, want: [2]uint32{65534, 65534}},
		{name: "by default, with a group", def: Defaults{User: "nobody", Group: "root"}, want: [2]uint32{65534, 0}},
		{name: "of the command", command: conf.Command{User: "root"}, def: Defaults{User: "nobody", Group: "nogroup"}, want: [2]uint32{0, 0}},
		{name: "of the command, with a group", command: conf.Command{User: "nobody", Group: "root"}, want: [2]uint32{65534, 0}},
		{name: "unknown user", command: conf.Command{User: "nosuchuser"}, err: "Script user 'nosuchuser' does not exist"},
		{name: "unknown group", command: conf.Command{User: "root", Group: "nosuchgroup"}, err: "Script group 'nosuchgroup' does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.command.Args = []string{"/bin/sh"}
			got, err := Resolve(tt.command, tt.def)
			var re *ResolveError
			switch {
			case tt.err != "":
				if !errors.As(err, &re) || re.Verdict != UnknownUser || err.Error() != tt.err {
					t.Errorf("got %v, want %s", err, tt.err)
				}
			case err != nil:
				t.Error(err)
			case [2]uint32{got.UID, got.GID} != tt.want:
				t.Errorf("got %d:%d, want %v", got.UID, got.GID, tt.want)
			}
		})
	}
}

// TestResolveLinks: with use_symlink_paths the name that was asked for is run, so that all of
// the way to it counts.
func TestResolveLinks(t *testing.T) {
	t.Parallel()
	dir := tree(t)
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("../ok.sh", "open/hop.sh")
	link("open/hop.sh", "twice.sh")
	link(filepath.Join(dir, "ok.sh"), "absolute.sh")
	link("open", "opendir")
	link("loop", "loop")
	tests := []struct {
		script, path, unsafe string // under DIR
		links                bool
	}{
		{script: "link.sh", links: true, path: "link.sh"},
		{script: "absolute.sh", links: true, path: "absolute.sh"},
		{script: "dirlink/./link.sh", links: true, path: "dirlink/link.sh"},
		{script: "dirlink/../ok.sh", links: true, path: "ok.sh"},
		{script: "twice.sh", links: true, path: "twice.sh", unsafe: "open"},
		{script: "twice.sh", path: "ok.sh"},
		{script: "opendir/x.sh", links: true, path: "opendir/x.sh", unsafe: "open"},
		{script: "ww.sh", links: true, path: "ww.sh", unsafe: "ww.sh"},
	}
	for _, tt := range tests {
		// filepath.Abs cleans dirlink/.. away, as it does for keepalived's users today.
		got, err := Resolve(conf.Command{Args: []string{filepath.Join(dir, tt.script)}, User: "root"}, Defaults{Links: tt.links})
		if err != nil {
			t.Errorf("%s: %v", tt.script, err)
			continue
		}
		want := Command{Path: filepath.Join(dir, tt.path), Args: got.Args}
		if tt.unsafe != "" {
			want.Unsafe = filepath.Join(dir, tt.unsafe)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, links %v (-want +got)\n%s", tt.script, tt.links, diff)
		}
	}
	if got, want := weakStep(filepath.Join(dir, "loop")), filepath.Join(dir, "loop"); got != want {
		t.Errorf("a link to itself: got %q", got)
	}
}

// TestResolveGroups: all groups of a user, where that is asked for.
func TestResolveGroups(t *testing.T) {
	t.Parallel()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		command conf.Command
		def     Defaults
		want    []uint32
	}{
		{name: "one", command: conf.Command{User: "nobody", Group: "root"}},
		{name: "of the command", command: conf.Command{User: "nobody", Group: "root", Supplementary: true}, want: allGroups(u, 0)},
		{name: "of the default", def: Defaults{User: "nobody", Supplementary: true}, want: allGroups(u, number(u.Gid))},
		{name: "not of the default", command: conf.Command{User: "nobody"}, def: Defaults{User: "nobody", Supplementary: true}},
		{name: "of all", command: conf.Command{User: "nobody"}, def: Defaults{AllGroups: true}, want: allGroups(u, number(u.Gid))},
	}
	for _, tt := range tests {
		tt.command.Args = []string{"/bin/sh"}
		got, err := Resolve(tt.command, tt.def)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got.Groups); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
	if groups := allGroups(u, 0); len(groups) < 2 || groups[0] != 0 {
		t.Errorf("groups of nobody and root: %v", groups)
	}
}

func TestResolveOwner(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		fifo conf.FIFO
		def  Defaults
		want Owner
		err  string
	}{
		{name: "nothing said", want: me},
		{name: "the default", def: Defaults{User: "nobody"}, want: Owner{65534, 65534}},
		{name: "no default user, secure", def: Defaults{Secure: true}, want: me},
		{name: "a wrong default user", def: Defaults{User: "nosuchuser"}, want: me},
		{name: "its own", fifo: conf.FIFO{User: "nobody", Group: "root"}, want: Owner{65534, 0}},
		{name: "unknown", fifo: conf.FIFO{User: "nosuchuser"}, err: "Script user 'nosuchuser' does not exist"},
		{name: "unknown group", fifo: conf.FIFO{User: "root", Group: "nosuchgroup"}, err: "Script group 'nosuchgroup' does not exist"},
	}
	for _, tt := range tests {
		got, err := ResolveOwner(tt.fifo, tt.def)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s: got %v", tt.name, err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
	}
}

func TestResolveNothing(t *testing.T) {
	t.Parallel()
	if _, err := Resolve(conf.Command{}, Defaults{}); err == nil {
		t.Error("an empty command was resolved")
	}
}
