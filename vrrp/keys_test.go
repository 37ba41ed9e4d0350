// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vipward/conf"
	"vipward/vrrp/packet"
)

func TestParseKey(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("k", 32)
	binary := strings.Repeat("\x01", 31) + "\n"
	tests := []struct {
		name, content, want, err string
	}{
		{"text", text, text, ""},
		{"text with a line end", text + "\n", text, ""},
		{"text from another system", text + "\r\n", text, ""},
		{"bytes that end like a line", binary, binary, ""},
		{"hexadecimal", "hex:" + strings.Repeat("6b", 32) + "\n", text, ""},
		{"longest", strings.Repeat("k", 64), strings.Repeat("k", 64), ""},
		{"no hexadecimal", "hex:" + strings.Repeat("6g", 32), "", "F: what follows hex: is not hexadecimal"},
		{"too short", text[1:], "", "F: the key has 31 bytes, not 32 to 64"},
		{"too long", strings.Repeat("k", 65), "", "F: the key has 65 bytes, not 32 to 64"},
		{"empty", "", "", "F: the key has 0 bytes, not 32 to 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseKey("F", []byte(tt.content))
			said := ""
			if err != nil {
				said = err.Error()
			}
			if got != tt.want || said != tt.err {
				t.Errorf("got %q, %q; want %q, %q", got, said, tt.want, tt.err)
			}
		})
	}
}

func TestReadKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.Repeat("k", 32)
	write := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	private, public := write("private", 0o600), write("public", 0o644)
	tests := []struct {
		name, path, credentials string
		ok                      bool
		err, log                string
	}{
		{"private file", private, "", true, "", ""},
		{"public file", public, "", true, "", "SECURITY: the key file " + public + " has mode 0644: others than its owner can read it"},
		{"credential", "public", dir, true, "", ""},
		{"credential without a service", "private", "", false, "CREDENTIALS_DIRECTORY is not set", ""},
		{"missing", filepath.Join(dir, "none"), "", false, "no such file", ""},
		{"folder", dir, "", false, "not a regular file", ""},
		{"endless", "/dev/zero", "", false, "not a regular file", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := &logBuffer{}
			got, err := readKey(tt.path, tt.credentials, slog.New(slog.NewTextHandler(log, nil)))
			if (got == text) != tt.ok || (err == nil) != tt.ok || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, %v; want an error with %q", got, err, tt.err)
			}
			if (log.String() == "") != (tt.log == "") || !strings.Contains(log.String(), tt.log) {
				t.Errorf("log %q, want %q", log, tt.log)
			}
			if strings.Contains(log.String(), text) {
				t.Errorf("the key is in the log")
			}
		})
	}
}

// signedInstance is an instance whose adverts are signed with the key of a file.
func signedInstance(path string) *conf.Instance {
	c := testInstance(100)
	c.HMAC = &conf.AuthHMAC{Keys: []conf.HMACKey{{ID: 7, File: path}}, Active: 7, Window: 5 * time.Second, Mode: "enforce"}
	return c
}

// TestChildSignsAdverts: its adverts pass the check of another router with the key, and do
// so after a reload with another key.
func TestChildSignsAdverts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	write := func(key string) {
		if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Repeat("k", 32))
	c := startChild(t, oneInstance(signedInstance(path)), &memStore{})
	verified := func(key string) func() bool {
		return func() bool {
			w := packet.NewWire(wireOf(signedInstance(path), hmacKeys{path: key}))
			c.port.mu.Lock()
			defer c.port.mu.Unlock()
			if len(c.port.raw) == 0 {
				return false
			}
			p, _ := packet.ParseIPv4(c.port.raw[len(c.port.raw)-1])
			_, f := w.Check(p, time.Now())
			return f.Accepted()
		}
	}
	c.eventually("a signed advert", verified(strings.Repeat("k", 32)))
	write(strings.Repeat("n", 40))
	c.doReload(oneInstance(signedInstance(path)))
	c.eventually("one signed with the new key", verified(strings.Repeat("n", 40)))
}

// TestChildWithoutKeyIsFault: it sends nothing, rather than what the others would drop.
func TestChildWithoutKeyIsFault(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	c := startChild(t, oneInstance(signedInstance(path)), &memStore{})
	c.eventually("FAULT", c.logged("entering FAULT state"))
	for _, line := range []string{
		"(VI_1) auth_hmac: key 7 cannot be used: open " + path + ": no such file or directory",
		"(VI_1) auth_hmac: there is no key 7 to sign adverts with, the instance stays in FAULT",
	} {
		if !c.logged(line)() {
			t.Errorf("no line %q in\n%s", line, c.log)
		}
	}
	if n := len(c.port.adverts()); n != 0 {
		t.Errorf("%d adverts", n)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	c.doReload(oneInstance(signedInstance(path)))
	c.eventually("the VIP after a reload with the key", c.holds("10.0.0.100/24"))
}
