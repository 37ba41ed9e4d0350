// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vipward/conf"
)

const validConfig = "virtual_server 10.0.0.1 80 {\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n real_server 10.0.0.2 80 {\n }\n}\n"

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		off        bool
		want       string // in the error; "": none
	}{
		{"good", validConfig, false, ""},
		{"unknown keyword", validConfig + "bogus x\n", false, "bogus"},
		{"the worst is named", "bogus x\nvrrp_instance VI_1 {\n}\n", false, "VI_1"},
		{"not asked for", "bogus x\n", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := &command{opts: options{config: filepath.Join(dir, "keepalived.conf")}}
			must(t, os.WriteFile(c.opts.config, []byte(tt.text), 0o600))
			messages := filepath.Join(dir, "check.log")
			var log strings.Builder
			err := c.validate(conf.Daemon{ReloadCheckConfig: !tt.off, ReloadCheckLog: messages}, slog.New(slog.NewTextHandler(&log, nil)))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if tt.off {
				return
			}
			if got := readFile(t, messages); !strings.Contains(got, tt.want) {
				t.Errorf("the file says %q", got)
			}
			if got := strings.Contains(log.String(), "New config failed validation, see "+messages+" for details"); got != (tt.want != "") {
				t.Errorf("logged:\n%s", log.String())
			}
		})
	}
}

// TestValidateWithoutFile: the findings are in the log.
func TestValidateWithoutFile(t *testing.T) {
	t.Parallel()
	c := &command{opts: options{config: filepath.Join(t.TempDir(), "keepalived.conf")}}
	must(t, os.WriteFile(c.opts.config, []byte("bogus x\n"), 0o600))
	var log strings.Builder
	err := c.validate(conf.Daemon{ReloadCheckConfig: true}, slog.New(slog.NewTextHandler(&log, nil)))
	if err == nil || !strings.Contains(log.String(), "Unknown keyword 'bogus'") {
		t.Errorf("error %v, logged:\n%s", err, log.String())
	}
}

// TestMarked: the file of reload_file is there while files are read, and only then.
func TestMarked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "reload")
	failed := errors.New("no")
	there := func() bool { _, err := os.Lstat(path); return err == nil }
	for _, want := range []error{nil, failed} {
		_, err := marked(conf.Daemon{ReloadFile: &path}, slog.New(slog.DiscardHandler), func() (int, error) {
			if !there() {
				t.Error("it is not there while files are read")
			}
			return 0, want
		})
		if !errors.Is(err, want) || there() {
			t.Errorf("error %v, still there %v", err, there())
		}
	}
	if _, err := marked(conf.Daemon{}, slog.New(slog.DiscardHandler), func() (int, error) { return 0, nil }); err != nil || there() {
		t.Errorf("without the keyword: error %v, there %v", err, there())
	}
	// What somebody else has put there is neither followed nor removed.
	must(t, os.Symlink("/etc/passwd", path))
	if _, err := marked(conf.Daemon{ReloadFile: &path}, slog.New(slog.DiscardHandler), func() (int, error) { return 0, nil }); err != nil || !there() {
		t.Errorf("a link in the way: error %v, there %v", err, there())
	}
}
