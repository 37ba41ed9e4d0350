// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// write writes a recording.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var sample = map[string]string{
	"case.conf":   "one\n",
	"case.2.conf": "",
	"case.3.conf": "three\n",
	"case.log": "Starting Healthcheck child process, pid=PID\nGained quorum\n## started\nmore\n## file 0\nRemoving\n## file 0\n" +
		"## stop (signal 15 to the parent)\nStopping\n## stopped\nStarting Healthcheck child process, pid=PID\n",
	"case.227.log": "Starting Healthcheck child process, pid=PID\n",
	"case.table":   "## started\n-A -t 10.9.0.1:80 -s rr\n## file 0\n## stopped\n(empty)\n",
	"case.wire": "127.0.0.11:80 conn 1: received 0 bytes \"\", then RST\nnotify scripts ran: qup ; \n## file 0\n" +
		"127.0.0.11:80 conn 2: received 0 bytes \"\", then FIN\n::1:80 conn 1: request GET /\n" +
		"0000  56 53 20 5b 31 30 2e 39 2e 30 2e 31 5d 3a 74 63  VS [10.9.0.1]:tc\n0010  70 3a 38 30 20 55 50 0a 00                       p:80 UP..\n" +
		"notify scripts ran: qup ; down ; \n",
	"case.times": "   0.50 ---- start\n   3.00 ---- file 0\n   4.50 ---- stop (signal 15 to the parent)\n",
}

func TestLoad(t *testing.T) {
	t.Parallel()
	got, err := Load(write(t, sample), "case", false)
	if err != nil {
		t.Fatal(err)
	}
	const first = "Starting Healthcheck child process, pid=PID"
	want := &Recording{
		Name:    "case",
		Configs: []string{"one\n", "", "three\n"},
		Steps: []Step{
			{
				Do: "start", Log: []string{first, "Gained quorum", "more"}, Length: 2500 * time.Millisecond,
				Tables: []Table{{Name: "started", After: 2, Lines: []string{"-A -t 10.9.0.1:80 -s rr"}}},
				Wire:   []string{`127.0.0.11:80 received 0 bytes "", then FIN`},
			},
			{
				Do: "file 0", Log: []string{"Removing"}, Length: 1500 * time.Millisecond,
				Tables: []Table{{Name: "file 0", After: 1}},
				Wire:   []string{`127.0.0.11:80 received 0 bytes "", then FIN`, "[::1]:80 request GET /"},
			},
			{Do: "stop (signal 15 to the parent)", Log: []string{"Stopping"}, Tables: []Table{{Name: "stopped", After: 1}}},
			{Do: "start", Log: []string{first}},
		},
		FIFO:  []string{"VS [10.9.0.1]:tcp:80 UP"},
		Calls: []string{"qup", "down"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Recording{})); diff != "" {
		t.Errorf("recording (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{`127.0.0.11:80 received 0 bytes "", then FIN`, "[::1]:80 request GET /"}, got.Distinct()); diff != "" {
		t.Errorf("distinct (-want +got)\n%s", diff)
	}
	older, err := Load(write(t, sample), "case", true)
	if err != nil || len(older.Steps) != 1 {
		t.Errorf("2.2.7: %v, %d steps", err, len(older.Steps))
	}
	if _, err := Load(t.TempDir(), "none", false); err == nil {
		t.Errorf("a recording that is not there was read")
	}
}

func TestSeen(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want string }{
		{`S81 conn 4: received 0 bytes "", then FIN`, `127.0.0.11:81 received 0 bytes "", then FIN`},
		{`127.0.1.1:53 datagram 1 from port P: 844a01000001000000000000  "\x84J"`, `127.0.1.1:53 ????01000001000000000000`},
		{`127.0.1.1:53 datagram 1 from port P: 00ff10  "\x00"`, `127.0.1.1:53 00ff10`},
		{"127.0.0.12:80 conn 1: OSError: [Errno 107]", ""},
		{"parent exit status: 2", ""},
	}
	for _, tt := range tests {
		if got := Seen(tt.line); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want string }{
		{"Lost quorum 1-0=1 > 0 for VS [10.9.0.1]:tcp:80", "VS [10.9.0.1]:tcp:80"},
		{"Adding sorry server [127.0.0.99]:tcp:80 to VS FWM 7", "VS FWM 7"},
		{"Removing service [127.0.0.11]:tcp:80 from VS [G]:0", "[127.0.0.11]:tcp:80 from VS [G]:0"},
		{"TCP_CHECK on service [127.0.0.11]:tcp:80 failed.", "check of [127.0.0.11]:tcp:80"},
		{"TCP connection to [127.0.0.11]:tcp:80 success.", "check of [127.0.0.11]:tcp:80"},
		{"Stopping", "Stopping "},
	}
	for _, tt := range tests {
		if got := subject(tt.line); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.line, got, tt.want)
		}
	}
	if got := pool("RS [127.0.0.11]:none:80 FWM 7 UP"); got != "FWM 7" {
		t.Errorf("pool %q", got)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	got := Targets(`virtual_server 10.9.0.1 80 {
  protocol TCP
  real_server 127.0.0.11 80 {
    TCP_CHECK {
    }
    HTTP_GET {
      connect_ip ::1
      connect_port 8080
    }
  }
  real_server fd00::1 81 {
    SMTP_CHECK {
    }
  }
}`)
	want := []Target{
		{"[127.0.0.11]:tcp:80", "127.0.0.11:80", "TCP_CHECK"},
		{"[127.0.0.11]:tcp:80", "[::1]:8080", "HTTP_GET"},
		{"[fd00::1]:tcp:81", "[fd00::1]:81", "SMTP_CHECK"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got)\n%s", diff)
	}
}
