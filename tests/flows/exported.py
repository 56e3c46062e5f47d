"""Made-up exports of Salesforce and HubSpot, with the headers that their own exports have."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

FIRST, LAST = date(2023, 1, 1), date(2025, 6, 1)

Rows = list[dict[str, Any]]

#: The columns of a data export, in its order; what no table needs is left empty.
ACCOUNT = "Id IsDeleted MasterRecordId Name Type ParentId BillingStreet BillingCity BillingCountry Phone Industry"
ACCOUNT += " AnnualRevenue NumberOfEmployees OwnerId CreatedDate CreatedById LastModifiedDate LastModifiedById"
OPPORTUNITY = "Id IsDeleted AccountId IsPrivate Name Description StageName Amount Probability ExpectedRevenue"
OPPORTUNITY += (
    " TotalOpportunityQuantity CloseDate Type NextStep LeadSource IsClosed IsWon ForecastCategory CampaignId"
)
OPPORTUNITY += " HasOpportunityLineItem Pricebook2Id OwnerId CreatedDate CreatedById LastModifiedDate"
CASE = "Id IsDeleted CaseNumber ContactId AccountId ParentId SuppliedName SuppliedEmail Type Status Reason Origin"
CASE += (
    " Subject Priority Description IsClosed ClosedDate IsEscalated OwnerId CreatedDate CreatedById LastModifiedDate"
)
CONTACT = "Id IsDeleted AccountId LastName FirstName Email Title OwnerId CreatedDate"
MEMBER = "Id IsDeleted CampaignId LeadId ContactId Status HasResponded CreatedDate CreatedById FirstRespondedDate"

COMPANIES = [
    "Record ID",
    "Company name",
    "Company owner",
    "Create Date",
    "Phone Number",
    "Last Activity Date",
    "City",
]
COMPANIES += ["Country/Region", "Industry", "Lifecycle Stage"]
DEALS = ["Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Pipeline", "Create Date"]
DEALS += ["Deal Type", "Is Closed Won", "Closed Lost Reason", "Recurring revenue amount"]
DEALS += ["Recurring revenue inactive date", "Recurring revenue inactive reason", "Associated Company"]
DEALS += ["Associated Company IDs", "Associated Company IDs (Primary)"]
TICKETS = [
    "Ticket ID",
    "Ticket name",
    "Pipeline",
    "Ticket status",
    "Create date",
    "Close date",
    "Priority",
    "Category",
]
TICKETS += ["Source", "Ticket owner", "Associated Company IDs", "Associated Company IDs (Primary)"]
CONTACTS = ["Record ID", "First Name", "Last Name", "Email", "Create Date", "Associated Company IDs (Primary)"]
EVENTS = ["id", "created", "type", "recipient", "emailCampaignId", "appId", "portalId"]


def write(path: Path, columns: list[str], rows: Rows) -> None:
    """Write a file as an export is: every cell in quotes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", quoting=csv.QUOTE_ALL, extrasaction="raise")
        writer.writeheader()
        writer.writerows(rows)


def record_id(prefix: str, number: int) -> str:
    """Give an id of 18 marks, as Salesforce's are."""
    return f"{prefix}{number:012d}AAA"


def days(random: np.random.Generator, start: date, end: date, a_month: float) -> list[date]:
    """Draw days on which something happened."""
    span = max((end - start).days, 0)
    number = random.poisson(a_month * span / 30)
    return sorted(start + timedelta(days=int(day)) for day in random.integers(0, max(span, 1), number))


def stays(random: np.random.Generator, number: int) -> tuple[date, int]:
    """Draw when a customer starts, and how many terms it stays."""
    start = FIRST + timedelta(days=int(random.integers(0, 500)))
    return start, int(random.geometric(0.55 if number % 2 else 0.15))


def write_salesforce(folder: Path, *, customers: int = 150, seed: int = 0) -> None:
    """Write Account, Opportunity, Case, Contact and CampaignMember; one account and one deal are deleted."""
    random = np.random.default_rng(seed)
    accounts, deals, cases, contacts, members = [], [], [], [], []
    for number in range(customers):
        account, contact = record_id("001", number), record_id("003", number)
        start, terms = stays(random, number)
        end = min(start + timedelta(days=365 * terms), LAST)
        told = {"Id": account, "IsDeleted": int(number == 7), "Name": f"Company {number}", "Type": "Customer"}
        told |= {"BillingCountry": "DE", "Industry": "Retail", "OwnerId": record_id("005", number % 3)}
        accounts.append({**told, "CreatedDate": f"{start}T08:30:00.000Z"})
        contacts.append({"Id": contact, "IsDeleted": 0, "AccountId": account, "LastName": "Doe"})
        for term in range(terms):
            closed = start + timedelta(days=365 * term)
            if closed < LAST:
                deal = {"Id": record_id("006", len(deals)), "IsDeleted": int(number == 9), "AccountId": account}
                deal |= {"StageName": "Closed Won", "Amount": f"{1200 + number}.00", "CloseDate": str(closed)}
                deals.append({**deal, "Type": "New Business", "IsClosed": 1, "IsWon": 1})
        lost = {"Id": record_id("006", len(deals)), "IsDeleted": 0, "AccountId": account, "IsClosed": 1, "IsWon": 0}
        deals.append({**lost, "Amount": "99.00", "CloseDate": str(start), "StageName": "Closed Lost"})
        for day in days(random, start, end, 0.6 if number % 2 else 0.2):
            case = {"Id": record_id("500", len(cases)), "IsDeleted": 0, "AccountId": account, "Priority": "High"}
            case |= {"Reason": "Installation", "CreatedDate": f"{day}T10:00:00.000Z", "Status": "Closed"}
            cases.append({**case, "ClosedDate": f"{day + timedelta(days=2)}T10:00:00.000Z", "IsClosed": 1})
        for day in days(random, start, end, 0.5):
            member = {"Id": record_id("00v", len(members)), "IsDeleted": 0, "CampaignId": record_id("701", 1)}
            member |= {"ContactId": contact, "CreatedDate": f"{day}T06:00:00.000Z", "HasResponded": len(members) % 2}
            answered = {"FirstRespondedDate": str(day + timedelta(days=1))} if len(members) % 2 else {}
            members.append({**member, **answered})
    members.append({"Id": record_id("00v", 9**9), "IsDeleted": 0, "LeadId": record_id("00Q", 1), "HasResponded": 0})
    for name, columns, rows in (
        ("Account", ACCOUNT, accounts),
        ("Opportunity", OPPORTUNITY, deals),
        ("Case", CASE, cases),
        ("Contact", CONTACT, contacts),
        ("CampaignMember", MEMBER, members),
    ):
        write(folder / f"{name}.csv", columns.split(), rows)


def write_hubspot(folder: Path, *, customers: int = 150, seed: int = 0) -> None:
    """Write companies, deals, tickets, contacts and e-mail events."""
    random = np.random.default_rng(seed)
    companies, deals, tickets, contacts, events = [], [], [], [], []
    for number in range(customers):
        company, mail = str(10_000_000_000 + number), f"doe{number}@example.com"
        primary = {"Associated Company IDs (Primary)": company}
        start, terms = stays(random, number)
        gone = start + timedelta(days=150 * terms)
        end = min(gone, LAST)
        told = {"Record ID": company, "Company name": f"Company {number}", "Create Date": f"{start} 09:15"}
        companies.append({**told, "Country/Region": "Germany", "Industry": "RETAIL", "Company owner": "Kim Doe"})
        contacts.append({"Record ID": str(number), "Last Name": "Doe", "Email": mail, **primary})
        deal = {"Record ID": str(20_000 + number), "Deal Name": f"Deal {number}", "Close Date": f"{start} 12:00"}
        deal |= {"Deal Stage": "Closed Won", "Is Closed Won": "true", "Recurring revenue amount": "99.5"}
        ended = {"Recurring revenue inactive date": f"{gone} 00:00", "Recurring revenue inactive reason": "Churned"}
        deals.append({**deal, "Deal Type": "newbusiness", **(ended if gone < LAST else {}), **primary})
        open_deal = {"Record ID": str(90_000 + number), "Is Closed Won": "false", "Recurring revenue amount": "10"}
        deals.append({**open_deal, "Close Date": "2025-12-31 00:00", **primary})
        for day in days(random, start, end, 0.6 if number % 2 else 0.2):
            ticket = {"Ticket ID": str(len(tickets)), "Ticket name": "Help", "Create date": f"{day} 10:00", **primary}
            tickets.append({**ticket, "Close date": f"{day + timedelta(days=1)} 10:00", "Priority": "HIGH"})
        for day in days(random, start, end, 1.0):
            instant = datetime(day.year, day.month, day.day, 6)
            created = str(int((instant - datetime(1970, 1, 1)).total_seconds() * 1000))
            kind = ("SENT", "DELIVERED", "OPEN", "CLICK", "BOUNCE")[len(events) % 5]
            events.append({"id": str(len(events)), "created": created, "type": kind, "recipient": mail})
    for name, columns, rows in (
        ("companies", COMPANIES, companies),
        ("deals", DEALS, deals),
        ("tickets", TICKETS, tickets),
        ("contacts", CONTACTS, contacts),
        ("email-events", EVENTS, events),
    ):
        write(folder / f"{name}.csv", columns, rows)
