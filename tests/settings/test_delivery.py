"""Places of lists in the TOML: no secret stands there, and a wrong name is answered with the right one."""

from pathlib import Path

import pytest

from churnrisk.errors import SettingsError
from churnrisk.settings import PipelineSettings, load_settings
from churnrisk.settings.delivery import holds_secret

SALESFORCE = '[delivery.salesforce]\nurl = "https://a.my.salesforce.com"\nexternal_id = "Customer_Id__c"\n'
HUBSPOT = '[delivery.hubspot]\nid_property = "customer_id"\n'


def read(folder: Path, text: str) -> PipelineSettings:
    file = folder / "company.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ('[delivery.database]\nurl = "postgresql://me:hidden@db/x"', r"\$\{NAME\}"),
        ('[delivery.database]\nurl = "postgresql://me:${PW:-hidden}@db/x"', r"\$\{NAME\}"),
        ('[delivery.database]\nurl = "postgresql://db/x?user=me&password=hidden"', r"\$\{NAME\}"),
        ('[delivery.database]\nurl = "postgresql://db/x"\npassword = "hidden"', "Did you mean 'password_from'"),
        ('[delivery.database]\nurl = "postgresql://db/x"\npassword_from = "hidden word!"', "environment"),
        ('[delivery.webhook]\nurl = "https://me:hidden@host/x"', r"\$\{NAME\}"),
        ('[delivery.webhook]\nurl = "https://host/x?api_key=hidden"', r"\$\{NAME\}"),
        ('[delivery.webhook]\nurl = "https://host/x"\nsecret = "hidden"', "Did you mean 'secret_from'"),
        ('[delivery.webhook]\nurl = "https://host/x"\nsecret_from = "whsec_hidden+/="', "environment"),
        (SALESFORCE + 'key_from = "3MVG9.hidden"\nfields = { A__c = "segment" }', "environment"),
        (HUBSPOT + 'token_from = "pat-na1-hidden"\nproperties = { a = "segment" }', "environment"),
        (HUBSPOT + 'token = "pat-na1-hidden"\nproperties = { a = "segment" }', "Did you mean 'token_from'"),
    ],
)
def test_a_secret_in_the_toml_is_refused_and_not_shown(tmp_path, text, remedy):
    with pytest.raises(SettingsError, match=remedy) as fault:
        read(tmp_path, text)
    assert "hidden" not in str(fault.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:${PASSWORD}@db:5432/x",
        "postgresql://me@db/x",
        "sqlite:///lists.db",
        "https://host/x?token=${TOKEN}&list=today",
        "${ADDRESS}",
        "https://host:8443/lists",
    ],
)
def test_an_address_without_a_secret_is_taken(url):
    assert not holds_secret(url)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SALESFORCE + 'fields = { A__c = "segmnet" }', "Did you mean 'segment'"),
        (HUBSPOT + 'properties = { a = "churn_probabilty" }', "Did you mean 'churn_probability'"),
        ('[delivery.database]\nurl = "sqlite:///a.db"\nkey = ["customer"]', "Did you mean 'customer_id'"),
        (SALESFORCE + 'fields = { "A b" = "segment" }', "letters, digits and _ only"),
        (SALESFORCE + 'fields = { Customer_Id__c = "segment" }', "Leave it out of fields"),
        (SALESFORCE + 'fields = { A__c = "segment" }\npercent = ["B__c"]', "percent names 'B__c'"),
        (SALESFORCE, r"fields"),
        ("[delivery.database]", "either url or url_from"),
        ('[delivery.database]\nurl = "sqlite:///a.db"\nurl_from = "A"', "either url or url_from"),
        ('[delivery.database]\nurl = "sqlite:///a.db"\ntables = { todya = "t" }', "'today', 'at_risk' or 'scores'"),
        ('[delivery]\nformats = ["pdf"]', "'csv', 'xlsx' or 'parquet'"),
        (HUBSPOT + 'rows_a_batch = 101\nproperties = { a = "segment" }', "less than or equal to 100"),
        ("[delivery.sftp]", "there is no such key"),
    ],
)
def test_what_cannot_be_is_said_when_the_toml_is_read(tmp_path, text, told):
    with pytest.raises(SettingsError, match=told):
        read(tmp_path, text)


def test_columns_of_the_pipelines_own_list_may_be_named(tmp_path):
    text = f'[list]\ndisplay = ["region"]\n[churn]\nhorizons = [30, 60]\n{HUBSPOT}'
    found = read(tmp_path, text + 'properties = { a = "region", b = "churn_probability_60" }')
    assert found.delivery.hubspot is not None


def test_forms_are_named_once(tmp_path):
    assert read(tmp_path, '[delivery]\nformats = ["xlsx", "xlsx"]').delivery.formats == ["xlsx"]


def test_by_default_there_is_no_place(tmp_path):
    told = read(tmp_path, "").delivery.model_dump()
    assert told.pop("formats") == []
    assert set(told.values()) == {None}
