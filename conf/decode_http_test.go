// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

// TestURL compares all that a url can say.
func TestURL(t *testing.T) {
	t.Parallel()
	got, codes := checks(t, `SSL_GET {
http_protocol 1.0c
fast_recovery
tls_compliant
url {
path "/a b"
digest 0123456789ABCDEF0123456789abcdef
status_code 200 301-302
status_code 404
virtualhost v
regex "a\x41" 
regex_no_match
regex_options caseless dotall
regex_min_offset 5
regex_max_offset 500
regex_stack 1 2
}
url {
path /
}
}`)
	diff(t, "diagnostics", []string{}, codes)
	want := &HTTPCheck{TLS: true, Protocol: "1.0C", FastRecovery: true, URLs: []URL{
		{
			Pos: Pos{File: "f", Line: 18, Col: 1}, Path: "/a b", Host: "v", Digest: "0123456789abcdef0123456789abcdef",
			Status:      []StatusRange{{200, 200}, {301, 302}, {404, 404}},
			Regex:       &Regex{Pattern: "aA", Options: []string{"caseless", "dotall"}, NoMatch: true, MinOffset: 5, MaxOffset: 500, StackStart: 1, StackMax: 2},
			CloseNotify: true,
		},
		{Pos: Pos{File: "f", Line: 31, Col: 1}, Path: "/", Status: []StatusRange{{200, 299}}, CloseNotify: true},
	}}
	diff(t, "check", want, got[0].HTTP)
}

// TestHostNames: the name in the Host header and in TLS, by where it stands.
func TestHostNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, vs, rs, check, url string
		host, sni                string
	}{
		{name: "none"},
		{name: "virtual server", vs: "a", host: "a", sni: "a"},
		// The real server's is never sent in TLS.
		{name: "real server", vs: "a", rs: "b", host: "b", sni: "a"},
		{name: "real server alone", rs: "b", host: "b"},
		{name: "check", vs: "a", rs: "b", check: "virtualhost c", host: "c", sni: "c"},
		{name: "url", vs: "a", rs: "b", check: "virtualhost c", url: "d", host: "d", sni: "d"},
		{name: "sni_name", vs: "a", check: "sni_name e", url: "d", host: "d", sni: "e"},
		{name: "sni_name without a name", check: "sni_name", url: "d", host: "d", sni: "d"},
	}
	line := func(word, name string) string {
		if name == "" {
			return ""
		}
		return word + " " + name
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, codes := checks(t, line("virtualhost", tt.rs)+"\nSSL_GET {\nenable_sni\n"+tt.check+"\nurl {\npath /\n"+line("virtualhost", tt.url)+"\n}\n}", line("virtualhost", tt.vs))
			diff(t, "diagnostics", []string{}, codes)
			diff(t, "host", tt.host, got[0].HTTP.URLs[0].Host)
			diff(t, "name in TLS", tt.sni, got[0].HTTP.URLs[0].SNI)
		})
	}
}

// TestNoSNI: no name is sent unless it is asked for, and none without TLS.
func TestNoSNI(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"SSL_GET {\nvirtualhost a\n", "SSL_GET {\nvirtualhost a\nenable_sni off\n", "HTTP_GET {\nvirtualhost a\nenable_sni\n"} {
		got, _ := checks(t, text+"url {\npath /\n}\n}")
		diff(t, text, "", got[0].HTTP.URLs[0].SNI)
	}
}

// TestRegexOptionsAlone: what belongs to a regex means nothing without one.
func TestRegexOptionsAlone(t *testing.T) {
	t.Parallel()
	got, codes := checks(t, "HTTP_GET {\nurl {\npath /\nregex_no_match\nregex_min_offset 3\n}\n}")
	diff(t, "diagnostics", []string{"4:1 note value"}, codes)
	if got[0].HTTP.URLs[0].Regex != nil {
		t.Error("there is a regex")
	}
	_, codes = checks(t, "HTTP_GET {\nurl {\npath /\nregex a b\nregex_no_match\n}\n}")
	diff(t, "said once", []string{"4:1 note value"}, codes)
}

// TestOldRetry: nb_get_retry is retry under an old name.
func TestOldRetry(t *testing.T) {
	t.Parallel()
	got, codes := checks(t, "HTTP_GET {\nurl {\npath /\n}\nnb_get_retry 7\n}")
	diff(t, "diagnostics", []string{"5:1 warning deprecated"}, codes)
	diff(t, "retry", 7, got[0].Retry)
}

// TestSSLBlockReachesChecks: the block counts for each SSL_GET, wherever it stands.
func TestSSLBlockReachesChecks(t *testing.T) {
	t.Parallel()
	text := serverText("SSL_GET {\nurl {\npath /\n}\n}\nHTTP_GET {\nurl {\npath /\n}\n}")
	block := "SSL {\ncertificate /c\nkey /k\npassword p\n}\n"
	for _, whole := range []string{block + text, text + block} {
		l := loadText(whole)
		list := l.Config.VirtualServers[0].RealServers[0].Checkers
		if s := list[0].HTTP.SSL; s == nil || s.Certificate != "/c" || s.Key != "/k" || s.Password != "p" {
			t.Errorf("SSL_GET has %+v", s)
		}
		if list[1].HTTP.SSL != nil {
			t.Error("HTTP_GET has it too")
		}
	}
}
