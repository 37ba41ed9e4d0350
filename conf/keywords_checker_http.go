// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
)

var (
	httpBlock   = checkerBlock("HTTP_GET", works, connectionRows, checkerRows, httpRows, urlRow("HTTP_GET", urlRows))
	sslGetBlock = checkerBlock("SSL_GET", works, connectionRows, checkerRows, httpRows, compliantCheck,
		trustRows(func(c *checkerDraft) *Trust { return &httpOf(c).trust }),
		urlRow("SSL_GET", slices.Concat(urlRows, compliantURL)))
)

// urlRow is the url block of a kind of check.
func urlRow(kind string, rows []keyword) []keyword {
	return []keyword{{
		name: "url", since: "0.5.3", doc: "one page to fetch; may be repeated",
		sub: &block{
			name: "virtual_server.real_server." + kind + ".url", enter: enterURL, leave: leaveURL,
			rows: rows,
		},
	}}
}

func httpOf(c *checkerDraft) *httpDraft {
	if c.http == nil {
		c.http = &httpDraft{}
	}
	return c.http
}

var httpRows = []keyword{
	{
		name: "nb_get_retry", value: obsolete(number(0, math.MaxUint32), "write retry"), def: "1", since: "0.5.3", doc: "deprecated: write retry",
		set: to(func(c *checkerDraft, n int) { c.retry = some(n) }),
	},
	{
		name: "virtualhost", value: soft(text), def: "virtualhost of the server", since: "0.5.8", doc: "Host header",
		set: to(func(c *checkerDraft, name string) { httpOf(c).vhost = name }),
	},
	{
		name: "http_protocol", value: soft(anyCase("1.0", "1.0C", "1.1")), def: "1.0", since: "2.0.17", doc: "version in the request; 1.0C adds Connection: close",
		set: to(func(c *checkerDraft, version string) { httpOf(c).protocol = version }),
	},
	{
		name: "http2", value: boolean, def: "off", since: beyond, doc: "ask by HTTP/2, without TLS by prior knowledge; http_protocol has no effect then",
		set: to(func(c *checkerDraft, on bool) { httpOf(c).http2 = on }),
	},
	{
		name: "enable_sni", value: boolean, def: "off", since: "1.4.3", doc: "send the name of the host in TLS",
		set: to(func(c *checkerDraft, on bool) { httpOf(c).sni = on }),
	},
	{
		name: "sni_name", value: optionalText, def: "virtualhost", since: "2.3.0", doc: "name to send in TLS; turns enable_sni on",
		set: to(func(c *checkerDraft, name string) { httpOf(c).sni, httpOf(c).sniName = true, name }),
	},
	{
		name: "fast_recovery", value: boolean, def: "off", since: "2.0.17", doc: "no delay between the pages while the server recovers",
		set: to(func(c *checkerDraft, on bool) { httpOf(c).fast = on }),
	},
}

// compliantCheck and compliantURL are of SSL_GET alone.
var (
	compliantCheck = []keyword{{
		name: "tls_compliant", value: boolean, def: "off", since: "2.2.8", doc: "end TLS with close_notify",
		set: to(func(c *checkerDraft, on bool) { httpOf(c).compliant = on }),
	}}
	compliantURL = []keyword{{
		name: "tls_compliant", value: boolean, def: "off", since: "2.2.8", doc: "end TLS with close_notify",
		set: to(func(u *urlDraft, on bool) { u.compliant = on }),
	}}
)

// urlRows are the keywords of one page.
var urlRows = []keyword{
	{
		name: "path", value: text, def: "required", since: "0.5.3", doc: "path to ask for",
		set: to(func(u *urlDraft, path string) { u.path = some(path) }),
	},
	{
		name: "digest", value: digest, def: "any", since: "0.5.3", doc: "MD5 of the body",
		set: with(func(d *decoder, u *urlDraft, sum string, n *Node) {
			if u.digest != "" {
				d.c.add(codeDuplicate, n.Pos, "digest is already given; %s is ignored", sum)
				return
			}
			u.digest = sum
		}),
	},
	{
		name: "status_code", value: statusCodes, def: "200-299", since: "0.7.6", doc: "good status codes; may be repeated",
		set: to(func(u *urlDraft, list []StatusRange) { u.status = append(u.status, list...) }),
	},
	{
		name: "virtualhost", value: soft(text), def: "virtualhost of the check", since: "0.5.8", doc: "Host header",
		set: to(func(u *urlDraft, name string) { u.vhost = name }),
	},
	{
		name: "regex", value: regexText, def: "none", since: "2.0.7", doc: "what to look for in the body, a pattern of PCRE2",
		set: with(func(_ *decoder, u *urlDraft, text string, n *Node) { u.pattern, u.regexPos = some(text), n.Pos }),
	},
	{
		name: "regex_no_match", value: noValue, def: "off", since: "2.0.7", doc: "a match is a failure",
		set: regexOption(func(r *Regex, _ bool) { r.NoMatch = true }),
	},
	{
		name: "regex_options", value: regexWords, def: "none", since: "2.0.7", doc: "options of PCRE2",
		set: regexOption(func(r *Regex, list []string) { r.Options = append(r.Options, list...) }),
	},
	{
		name: "regex_min_offset", value: offset, def: "0", since: "2.0.7", doc: "where a match may begin",
		set: regexOption(func(r *Regex, n uint64) { r.MinOffset = n }),
	},
	{
		name: "regex_max_offset", value: offset, def: "none", since: "2.0.7", doc: "where a match must have begun",
		set: regexOption(func(r *Regex, n uint64) { r.MaxOffset = n }),
	},
	{
		name: "regex_stack", value: stackSizes, def: "none", since: "2.0.7", doc: "sizes of the matcher's stack: at the start and at most",
		set: regexOption(func(r *Regex, s [2]uint64) { r.StackStart, r.StackMax = s[0], s[1] }),
	},
}

// regexOption is the setter of an option of the regex.
func regexOption[V any](f func(r *Regex, v V)) setter {
	return with(func(_ *decoder, u *urlDraft, v V, n *Node) {
		if u.regexPos == (Pos{}) {
			u.regexPos = n.Pos
		}
		f(&u.regex, v)
	})
}
